/**
 * `npm run bench -- onnx [ROUNDS]`: the bundled digits in batches of 256 through an exported DCN's encoder, by `OnnxModel` and by
 * onnxruntime-node called directly, alternating; how long the event loop is held up meanwhile; and 256 calls of one digit, joined and not, against one of 256.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { readData } from '../../src/data/index.js'
import { DCN } from '../../src/methods/dcn.js'
import { OnnxModel } from '../../src/onnx/index.js'
import { loadRuntime } from '../../src/onnx/runtime.js'
import { machine } from './machine.js'
import { median } from './statistics.js'

const rounds = Number(process.argv[2] ?? 15)
const resolution = 5 // ms
const batch = 256
const folder = mkdtempSync(join(tmpdir(), 'deep-clustering-bench-'))
const digits = await readData('mnist-test')
const n = digits.shape[0]!
const path = join(folder, 'digits.onnx')
{
  using trained = new DCN({ clusters: 10, preset: 'plain', pretrainEpochs: 1, epochs: 1, kmeansRestarts: 1 })
  await trained.fit(digits)
  await trained.exportOnnx(path)
}
const model = await OnnxModel.load(path, { batchSize: batch })
const joining = await OnnxModel.load(path, { batching: { maxBatch: batch } })
const runtime = await loadRuntime()
const session = await runtime.InferenceSession.create(readFileSync(path))
rmSync(folder, { recursive: true })

async function direct(): Promise<void> {
  for (let begin = 0; begin < n; begin += batch) {
    const count = Math.min(batch, n - begin)
    const items = new runtime.Tensor('uint8', digits.data.subarray(begin * 784, (begin + count) * 784), [count, 28, 28])
    await session.run({ items }, ['embedding'])
  }
}

async function rate(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await run()
  return n / ((performance.now() - started) / 1000)
}

const contestants = { ours: () => model.transform(digits), direct }
for (const run of Object.values(contestants)) await run()
const rates: Record<keyof typeof contestants, number[]> = { ours: [], direct: [] }
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(contestants)) rates[name as keyof typeof contestants].push(await rate(run))
}
// After the comparison, in which the direct calls hold the loop up.
const delay = monitorEventLoopDelay({ resolution })
delay.enable()
for (let round = 0; round < rounds; round++) await contestants.ours()
delay.disable()

const some = { data: digits.data.subarray(0, batch * 784), shape: [batch, 28, 28] }
const single = Array.from({ length: batch }, (_, i) => ({ data: digits.data.subarray(i * 784, (i + 1) * 784), shape: [1, 28, 28] }))
const all = (to: OnnxModel) => () => Promise.all(single.map(item => to.predict(item)))
const ways = { batch: () => model.predict(some), joined: all(joining), alone: all(model) }
for (const run of Object.values(ways)) await run()
const times: Record<keyof typeof ways, number[]> = { batch: [], joined: [], alone: [] }
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(ways)) {
    const started = performance.now()
    await run()
    times[name as keyof typeof ways].push(performance.now() - started)
  }
}
model.dispose()
joining.dispose()
await session.release()

const held = (nanoseconds: number): string => Math.max(0, nanoseconds / 1e6 - resolution).toFixed(1)
console.log(`DCN's encoder 784-500-500-2000-10 as ONNX, ${n} digits in batches of ${batch}. ${machine()}. ${rounds} rounds.\n`)
console.log('| what | measured | wanted |\n|---|---|---|')
console.log(`| OnnxModel, digits/s | ${median(rates.ours).toFixed(0)} | |`)
console.log(`| onnxruntime-node called directly, digits/s | ${median(rates.direct).toFixed(0)} | |`)
console.log(`| ratio of rates | ${median(rates.ours.map((value, round) => value / rates.direct[round]!)).toFixed(2)} | 0.9 |`)
console.log(`| event loop delay, 99th percentile, ms | ${held(delay.percentile(99))} | |`)
console.log(`| event loop delay, longest, ms | ${held(delay.max)} | 20 |`)
console.log(`| one call of ${batch} digits, ms | ${median(times.batch).toFixed(1)} | |`)
console.log(`| ${batch} calls of one digit at once, ms | ${median(times.alone).toFixed(1)} | |`)
console.log(`| the same with \`batching\`, ms | ${median(times.joined).toFixed(1)} | |`)
console.log(`| with \`batching\` against one call | ${median(times.joined.map((value, round) => value / times.batch[round]!)).toFixed(2)} | 2.5 |`)
