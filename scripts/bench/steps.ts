/**
 * `npm run bench -- steps [ROUNDS [STEPS]] [--only WORD] [--float32]`: the time of one training step, ours against its own matrix products and against PyTorch.
 *
 * Contestants run one after another in rounds, so that a slow minute of the machine hits all of them; each round gives
 * the median step of each, and a ratio is the median over rounds of the ratio within a round.
 * `--only` takes the contestants whose names hold the word, `--float32` leaves bfloat16 out. `--print` prints the native command lines instead, to be run on a machine without Node.
 * Python is `$PYTHON` or `python3`; without torch in it the peers are skipped, with the reason.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { EstimatorClass } from '../../src/estimator/estimator.js'
import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { DCN } from '../../src/methods/dcn.js'
import { InfoGAN } from '../../src/methods/infogan.js'
import { JULE } from '../../src/methods/jule.js'
import { VaDE } from '../../src/methods/vade.js'
import { machine } from './machine.js'
import { optionWords, stepValues } from './option-words.js'
import { median } from './statistics.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const { values: flags, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { float32: { type: 'boolean', default: false }, only: { type: 'string', default: '' }, print: { type: 'boolean' } }
})
const rounds = Number(positionals[0] ?? 7)
const steps = Number(positionals[1] ?? 40)
const warmUp = 5

interface Contestant {
  readonly name: string
  /** Items per step. */
  readonly batch: number
  readonly command: readonly string[]
}

const program = `${root}build/Release/bench_steps`
const products = (name: string, precision: string, what = 'products'): Contestant => ({
  name,
  batch: 256,
  command: [program, what, precision, String(steps)]
})

/** One method's step: the options of its table, with no phase before the one that is measured. */
function ours(name: string, estimator: EstimatorClass, precision: string, changes: Readonly<Record<string, unknown>> = {}): Contestant {
  const values = stepValues(estimator, 1000, 0, changes)
  return { name, batch: Number(values.batchSize), command: [program, estimator.method.name, precision, String(steps), 'cpu', ...optionWords(values)] }
}
const python = process.env['PYTHON'] ?? 'python3'
const peer = (name: string, what: string): Contestant => ({
  name,
  batch: 256,
  command: [python, `${root}scripts/bench/peers.py`, what, String(steps)]
})
const infoganPeer = (name: string, what: string): Contestant => ({
  name,
  batch: 128,
  command: [python, `${root}scripts/bench/infogan_peers.py`, what, String(steps)]
})

// The pure ELBO, from a mixture that is found at once.
const vade = { mixtureRestarts: 1, mixtureIterations: 5 }

// The published step, without the regulariser on real images.
const infogan = { viewInformation: 0 }

const float32: Contestant[] = [
  products('products', 'float32'),
  ours('autoencoder', AutoEncoder, 'float32'),
  ours('augmented', AutoEncoder, 'float32', { shift: 0.1, rotation: 10 }),
  ours('dcn', DCN, 'float32', { lambda: 20, reencode: false }),
  ours('dcn-reencode', DCN, 'float32', { lambda: 20 }),
  products('vade products', 'float32', 'vade-products'),
  ours('vade', VaDE, 'float32', vade),
  ours('infogan', InfoGAN, 'float32', infogan),
  ours('jule', JULE, 'float32')
]
const peers: Contestant[] = [
  peer('PyTorch eager', 'eager'),
  peer('PyTorch fused Adam', 'fused'),
  peer('PyTorch DCN, fused Adam', 'dcn-fused'),
  peer('PyTorch VaDE, fused Adam', 'vade-fused'),
  infoganPeer('PyTorch InfoGAN, fused Adam, channels_last', 'fused'),
  infoganPeer('InfoGAN port with 7 x 7 convolutions', 'port')
]
const bfloat16: Contestant[] = [
  products('products bf16', 'bfloat16'),
  ours('autoencoder bf16', AutoEncoder, 'bfloat16'),
  ours('augmented bf16', AutoEncoder, 'bfloat16', { shift: 0.1, rotation: 10 }),
  ours('dcn bf16', DCN, 'bfloat16', { lambda: 20, reencode: false }),
  ours('vade bf16', VaDE, 'bfloat16', vade),
  ours('infogan bf16', InfoGAN, 'bfloat16', infogan),
  ours('jule bf16', JULE, 'bfloat16')
]
const bfloat16Peers: Contestant[] = [peer('PyTorch autocast bf16, fused Adam', 'autocast'), infoganPeer('PyTorch InfoGAN, autocast bf16', 'autocast')]

const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0
const cpuFlags = process.platform === 'linux' ? execFileSync('cat', ['/proc/cpuinfo'], { encoding: 'utf8' }) : ''
// Also where bfloat16 is slower than float32 (AVX512_BF16 of an Intel CPU without AMX): the table is to show it.
const hasBfloat16 = /avx512_bf16|amx_bf16/.test(cpuFlags)
const withBfloat16 = hasBfloat16 && !flags.float32
const asked = (all: readonly Contestant[]): Contestant[] => all.filter(({ name }) => name.toLowerCase().includes(flags.only.toLowerCase()))
const contestants = asked([
  ...float32,
  ...(hasTorch ? peers : []),
  ...(withBfloat16 ? bfloat16 : []),
  ...(hasTorch && withBfloat16 ? bfloat16Peers : [])
])

if (flags.print) {
  for (const { command } of asked([...float32, ...(flags.float32 ? [] : bfloat16)])) console.log(command.map(word => `'${word}'`).join(' '))
  process.exit(0)
}

const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
for (let round = 0; round < rounds; ++round) {
  process.stderr.write(`round ${round + 1} of ${rounds}\n`)
  for (const { name, command } of contestants) {
    const output = execFileSync(command[0]!, command.slice(1), { encoding: 'utf8' })
    const { milliseconds } = JSON.parse(output) as { milliseconds: number[] }
    times.get(name)!.push(median(milliseconds.slice(warmUp)))
  }
}

/** How many times as fast `a` is as `b`, where both ran. */
function ratio(a: string, b: string): string | undefined {
  const left = times.get(a)
  const right = times.get(b)
  if (left === undefined || right === undefined) return undefined
  return median(left.map((time, round) => right[round]! / time)).toFixed(2)
}

console.log(
  `Training step 784-500-500-2000-10 and mirror, batch 256; InfoGAN's networks for MNIST, batch 128. ${machine()}. ${rounds} rounds of ${steps} steps.\n`
)
console.log('| step | ms, median | samples/s |\n|---|---|---|')
for (const { name, batch } of contestants) {
  const time = median(times.get(name)!)
  console.log(`| ${name} | ${time.toFixed(1)} | ${Math.round((batch * 1e3) / time)} |`)
}
console.log('\n| ratio of rates | measured | wanted |\n|---|---|---|')
const wanted: [string, string, string][] = [
  ['autoencoder', 'products', '0.85'],
  ['autoencoder', 'PyTorch fused Adam', '0.97'],
  ['autoencoder', 'PyTorch eager', '1.1'],
  ['dcn', 'autoencoder', '0.93'],
  ['dcn-reencode', 'autoencoder', ''],
  ['dcn', 'PyTorch DCN, fused Adam', ''],
  ['vade', 'vade products', '0.82'],
  ['vade', 'PyTorch VaDE, fused Adam', '0.97'],
  ['augmented', 'autoencoder', '0.9'],
  ['infogan', 'PyTorch InfoGAN, fused Adam, channels_last', '1'],
  ['infogan', 'InfoGAN port with 7 x 7 convolutions', '3.5'],
  ['autoencoder bf16', 'products bf16', ''],
  ['autoencoder bf16', 'PyTorch eager', '1.8'],
  ['autoencoder bf16', 'PyTorch autocast bf16, fused Adam', '1.1'],
  ['dcn bf16', 'autoencoder bf16', ''],
  ['vade bf16', 'autoencoder bf16', ''],
  ['infogan bf16', 'infogan', ''],
  ['infogan bf16', 'InfoGAN port with 7 x 7 convolutions', '3.5'],
  ['jule bf16', 'jule', ''],
  ['infogan bf16', 'PyTorch InfoGAN, autocast bf16', ''],
  ['augmented bf16', 'autoencoder bf16', '0.9']
]
for (const [a, b, bar] of wanted) {
  const measured = ratio(a, b)
  if (measured !== undefined) console.log(`| ${a} : ${b} | ${measured} | ${bar} |`)
}
if (!hasTorch) console.log(`\nSkipped: ${python} has no torch (set PYTHON).`)
if (!hasBfloat16) console.log('\nSkipped: this CPU has neither AVX512_BF16 nor AMX.')
