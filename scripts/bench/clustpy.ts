/**
 * `npm run bench -- clustpy [ROUNDS] [--method dcn|vade] [--whole]`: the phases of our DCN or VaDE (the pure ELBO) against ClustPy's,
 * samples per second on the 10,000 bundled digits, alternating; with `--whole` also whole runs, both with
 * their defaults. Python is `$PYTHON` or `python3`; without ClustPy in it, skipped with the reason.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readData, readLabels, writeNpy } from '../../src/data/index.js'
import { DCN } from '../../src/methods/dcn.js'
import { VaDE } from '../../src/methods/vade.js'
import { machine } from './machine.js'
import { median } from './statistics.js'

const python = process.env['PYTHON'] ?? 'python3'
const script = fileURLToPath(new URL('../../../scripts/bench/clustpy_phases.py', import.meta.url))
const { values: flags, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { method: { type: 'string', default: 'dcn' }, whole: { type: 'boolean', default: false } }
})
const rounds = Number(positionals[0] ?? 3)
const pretrainEpochs = 6
const epochs = 6

if (spawnSync(python, ['-c', 'import clustpy']).status !== 0) {
  console.log(`Skipped: ${python} has no clustpy (set PYTHON).`)
  process.exit(0)
}

interface Rates {
  readonly pretrain: number
  readonly joint: number
}

async function ours(precision: 'float32' | 'auto'): Promise<Rates> {
  const common = { clusters: 10, precision, pretrainEpochs, epochs } as const
  const model =
    flags.method === 'vade'
      ? new VaDE({ ...common, preset: 'paper', layerwiseEpochs: 0, batchSize: 256, mixtureRestarts: 1 })
      : new DCN({ ...common, preset: 'plain', reencode: false })
  const { phases } = await model.fit('mnist-test')
  model.dispose()
  const rate = (name: string): number => phases.find(phase => phase.name === name)!.samplesPerSecond
  return { pretrain: rate('pretrain'), joint: rate('joint') }
}

const folder = await mkdtemp(join(tmpdir(), 'deep-clustering-bench-'))
const images = join(folder, 'images.npy')
await writeNpy(images, await readData('mnist-test'))
const runs: Record<string, Rates[]> = { float32: [], auto: [], ClustPy: [] }
for (let round = 0; round < rounds; ++round) {
  runs['float32']!.push(await ours('float32'))
  runs['auto']!.push(await ours('auto'))
  runs['ClustPy']!.push(
    JSON.parse(
      execFileSync(python, [script, flags.method, images, String(pretrainEpochs), String(epochs)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore']
      })
        .trim()
        .split('\n')
        .at(-1)!
    ) as Rates
  )
}

console.log(`${flags.method} on 10,000 digits, samples per second. ${machine()}. ${rounds} rounds.\n`)
console.log('| | pre-training | joint phase | ratio to ClustPy (wanted: 1.3) |\n|---|---|---|---|')
const middle = (name: string, phase: keyof Rates): number => median(runs[name]!.map(rates => rates[phase]))
for (const name of Object.keys(runs)) {
  const ratio = (phase: keyof Rates): string => median(runs[name]!.map((rates, i) => rates[phase] / runs['ClustPy']![i]![phase])).toFixed(2)
  console.log(`| ${name} | ${middle(name, 'pretrain').toFixed(0)} | ${middle(name, 'joint').toFixed(0)} | ${ratio('pretrain')} / ${ratio('joint')} |`)
}

if (flags.whole) {
  const path = join(folder, 'labels.npy')
  const { labels } = await readLabels('mnist-test')
  await writeNpy(path, { data: labels, shape: [labels.length] })
  const rows: string[] = []
  for (const model of flags.method === 'vade'
    ? [new VaDE({ clusters: 10 })]
    : [new DCN({ clusters: 10, preset: 'graph' }), new DCN({ clusters: 10 })]) {
    const { seconds, metrics, preset } = await model.fit('mnist-test', { labels })
    model.dispose()
    rows.push(`| ours, \`${preset}\`, seed 0 | ${seconds.toFixed(0)} | ${metrics!.acc.toFixed(4)} | ${metrics!.nmi.toFixed(4)} |`)
  }
  const theirs = JSON.parse(
    execFileSync(python, [script, flags.method, images, path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split('\n')
      .at(-1)!
  ) as { seconds: number; acc: number; nmi: number }
  rows.push(`| ClustPy, its defaults | ${theirs.seconds.toFixed(0)} | ${theirs.acc.toFixed(4)} | ${theirs.nmi.toFixed(4)} |`)
  console.log(`\n| whole run of ${flags.method}, from pixels to labels | seconds | ACC | NMI |\n|---|---|---|---|\n${rows.join('\n')}`)
}
await rm(folder, { recursive: true })
