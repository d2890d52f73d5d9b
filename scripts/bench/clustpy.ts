/**
 * `npm run bench -- clustpy [ROUNDS]`: our DCN's phases against ClustPy's, samples per second on the 10,000 bundled
 * digits, alternating. Python is `$PYTHON` or `python3`; without ClustPy in it, skipped with the reason.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readData, writeNpy } from '../../src/data/index.js'
import { DCN } from '../../src/methods/dcn.js'
import { machine } from './machine.js'
import { median } from './statistics.js'

const python = process.env['PYTHON'] ?? 'python3'
const script = fileURLToPath(new URL('../../../scripts/bench/clustpy_dcn.py', import.meta.url))
const rounds = Number(process.argv[2] ?? 3)
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
  const model = new DCN({ clusters: 10, preset: 'plain', precision, pretrainEpochs, epochs, reencode: false })
  const { phases } = await model.fit('mnist-test')
  model.dispose()
  const rate = (name: string): number => phases.find(phase => phase.name === name)!.samplesPerSecond
  return { pretrain: rate('pretrain'), joint: rate('joint') }
}

const folder = await mkdtemp(join(tmpdir(), 'deep-clustering-bench-'))
const images = join(folder, 'images.npy')
await writeNpy(images, await readData('mnist-test'))
const runs: Record<string, Rates[]> = { 'float32': [], 'auto': [], 'ClustPy': [] }
for (let round = 0; round < rounds; ++round) {
  runs['float32']!.push(await ours('float32'))
  runs['auto']!.push(await ours('auto'))
  runs['ClustPy']!.push(JSON.parse(execFileSync(python, [script, images, String(pretrainEpochs), String(epochs)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim().split('\n').at(-1)!) as Rates)
}
await rm(folder, { recursive: true })

console.log(`DCN on 10,000 digits, samples per second. ${machine()}. ${rounds} rounds.\n`)
console.log('| | pre-training | joint phase | ratio to ClustPy (wanted: 1.3) |\n|---|---|---|---|')
const middle = (name: string, phase: keyof Rates): number => median(runs[name]!.map(rates => rates[phase]))
for (const name of Object.keys(runs)) {
  const ratio = (phase: keyof Rates): string => median(runs[name]!.map((rates, i) => rates[phase] / runs['ClustPy']![i]![phase])).toFixed(2)
  console.log(`| ${name} | ${middle(name, 'pretrain').toFixed(0)} | ${middle(name, 'joint').toFixed(0)} | ${ratio('pretrain')} / ${ratio('joint')} |`)
}
