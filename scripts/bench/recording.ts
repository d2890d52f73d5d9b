/**
 * `npm run bench -- recording [REPEATS] [dcn|vade|jule|infogan …]`: what recording costs a run, and how long its report takes. Runs with and without a record
 * take turns, so that both meet the same machine; the first of each is left out.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readData, readLabels } from '../../src/data/index.js'
import type { Estimator } from '../../src/estimator/estimator.js'
import type { FitResult } from '../../src/estimator/types.js'
import { DCN } from '../../src/methods/dcn.js'
import { InfoGAN } from '../../src/methods/infogan.js'
import { JULE } from '../../src/methods/jule.js'
import { VaDE } from '../../src/methods/vade.js'
import { renderReport } from '../../src/report/index.js'
import { machine } from './machine.js'
import { median } from './statistics.js'

const [count = '3', ...chosen] = process.argv.slice(2)
const repeats = Number(count)
const images = await readData('mnist-test')
const { labels } = await readLabels('mnist-test')
const folder = mkdtempSync(join(tmpdir(), 'dc-recording-'))
const run = { clusters: 10, seed: 0 } as const
const makes: Readonly<Record<string, () => Estimator<FitResult>>> = {
  'DCN, augmented': () => new DCN({ ...run }),
  'VaDE, invariant': () => new VaDE({ ...run }),
  'JULE, augmented': () => new JULE({ ...run }),
  'InfoGAN, invariant, 5 epochs': () => new InfoGAN({ ...run, epochs: 5 })
}

/** Seconds of a fit that writes its folder, as the command line does. */
async function seconds(make: () => Estimator<FitResult>, record: boolean): Promise<number> {
  using model = make()
  const started = performance.now()
  await model.fit(images, { labels, record, checkpoint: folder })
  return (performance.now() - started) / 1000
}

console.log(`Recording 2,000 of 10,000 images, and the report. ${machine()}\n`)
console.log('| run | without, s | with, s | cost | report, s | report, MB |\n|---|---|---|---|---|---|')
for (const [name, make] of Object.entries(makes)) {
  if (chosen.length > 0 && !chosen.some(word => name.toLowerCase().startsWith(word))) continue
  const [without, recorded]: [number[], number[]] = [[], []]
  for (let repeat = 0; repeat <= repeats; repeat++) {
    without.push(await seconds(make, false))
    recorded.push(await seconds(make, true))
  }
  const started = performance.now()
  const page = await renderReport(folder)
  const reported = (performance.now() - started) / 1000
  const [plain, kept] = [without, recorded].map(values => median(values.slice(1))) as [number, number]
  console.log(
    `| ${name} | ${plain.toFixed(2)} | ${kept.toFixed(2)} | ${(100 * (kept / plain - 1)).toFixed(1)} % | ${reported.toFixed(1)} | ${(Buffer.byteLength(page) / 1e6).toFixed(2)} |`
  )
}
rmSync(folder, { recursive: true })
