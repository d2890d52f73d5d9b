/** Calls of few items that come together share a batch. */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Batcher, type Outputs } from '../../src/onnx/batcher.js'
import { OnnxModel } from '../../src/onnx/index.js'
import type { Parcel } from '../../src/onnx/worker-protocol.js'
import { smallDecoder, smallItems, smallModel } from './small-onnx.js'

/** A model whose `double` is twice the item, and whose runs end when they are told to. */
class Runs {
  readonly sizes: number[] = []
  readonly asked: (readonly string[])[] = []
  readonly #ends: (() => void)[] = []
  held = false

  run = async (items: Parcel, outputs: readonly string[]): Promise<Outputs> => {
    this.sizes.push(items.shape[0]!)
    this.asked.push(outputs)
    if (this.held) await new Promise<void>(done => this.#ends.push(done))
    if (items.data.includes(-1)) throw new Error('a wrong item')
    return Object.fromEntries(outputs.map(name => [name, { type: 'float32', data: Float32Array.from(items.data, x => 2 * x), shape: items.shape }]))
  }

  end(): void {
    this.#ends.shift()!()
  }
}

const items = (...values: readonly number[]): Parcel => ({ type: 'float32', data: Float32Array.from(values), shape: [values.length, 1] })
const answer = async (batcher: Batcher, ...values: readonly number[]): Promise<number[]> => [
  ...(await batcher.ask(items(...values), ['double'], undefined))['double']!.data
]

describe('Batcher', () => {
  const limits = { maxDelay: 5, maxBatch: 4, maxQueue: 10 }

  it('joins what is asked for together, and gives each call its own rows', async () => {
    const runs = new Runs()
    const batcher = new Batcher(runs.run, limits)
    assert.deepEqual(await Promise.all([answer(batcher, 1), answer(batcher, 2, 3)]), [[2], [4, 6]])
    assert.deepEqual(runs.sizes, [3])
  })

  it('does not wait for the clock where a batch is full, and never makes a larger one', async () => {
    const runs = new Runs()
    const batcher = new Batcher(runs.run, { ...limits, maxDelay: 60_000 })
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => answer(batcher, i)))
    assert.deepEqual(
      answers,
      [0, 2, 4, 6, 8, 10, 12, 14].map(x => [x])
    )
    assert.deepEqual(runs.sizes, [4, 4])
  })

  it('gathers the next batch while one runs', async () => {
    const runs = new Runs()
    runs.held = true
    const batcher = new Batcher(runs.run, { ...limits, maxDelay: 0 })
    const first = answer(batcher, 1)
    await sleep(5)
    const rest = [answer(batcher, 2), answer(batcher, 3)]
    await sleep(20)
    assert.deepEqual(runs.sizes, [1])
    runs.end()
    await first
    await sleep(1)
    runs.end()
    assert.deepEqual(await Promise.all(rest), [[4], [6]])
    assert.deepEqual(runs.sizes, [1, 2])
  })

  it('asks once for the outputs that its calls want, and gives each those that it asked for', async () => {
    const runs = new Runs()
    const batcher = new Batcher(runs.run, limits)
    const [a, b] = await Promise.all([batcher.ask(items(1), ['x', 'y'], undefined), batcher.ask(items(2), ['y'], undefined)])
    assert.deepEqual([Object.keys(a), Object.keys(b), runs.asked], [['x', 'y'], ['y'], [['x', 'y']]])
  })

  it('refuses what the queue cannot take, and takes it later', async () => {
    const runs = new Runs()
    const batcher = new Batcher(runs.run, { ...limits, maxQueue: 4, maxDelay: 60_000, maxBatch: 4 })
    const waiting = answer(batcher, 1, 2, 3)
    await assert.rejects(answer(batcher, 4, 5), { code: 'ERR_OVERLOADED', message: /3 items wait .* `maxQueue` is 4/ })
    const last = answer(batcher, 4)
    assert.deepEqual(await Promise.all([waiting, last]), [[2, 4, 6], [8]])
    assert.deepEqual(await Promise.all([answer(batcher, 1, 2), answer(batcher, 3, 4)]), [
      [2, 4],
      [6, 8]
    ])
  })

  it('lets a call leave the queue, or its answer', async () => {
    const runs = new Runs()
    runs.held = true
    const batcher = new Batcher(runs.run, { ...limits, maxDelay: 0 })
    const running = new AbortController()
    const first = batcher.ask(items(1), ['double'], running.signal)
    await sleep(5)
    const waiting = new AbortController()
    const second = batcher.ask(items(2), ['double'], waiting.signal)
    const third = answer(batcher, 3)
    waiting.abort(new Error('not wanted'))
    running.abort(new Error('too late'))
    await assert.rejects(second, /not wanted/)
    await assert.rejects(first, /too late/)
    runs.end()
    await sleep(1)
    runs.end()
    assert.deepEqual(await third, [6])
    assert.deepEqual(runs.sizes, [1, 1])
  })

  it('fails those of a failed batch alone', async () => {
    const batcher = new Batcher(new Runs().run, limits)
    const [a, b] = await Promise.allSettled([answer(batcher, -1), answer(batcher, 2)])
    assert.deepEqual([a.status, b.status], ['rejected', 'rejected'])
    assert.deepEqual(await answer(batcher, 3), [6])
  })
})

describe('OnnxModel', () => {
  const all = smallItems(300)
  const one = (i: number): { data: Uint8Array; shape: readonly number[] } => ({ data: all.data.subarray(i * 16, (i + 1) * 16), shape: [1, 4, 4] })

  it('gives several outputs of one run', async () => {
    await using model = await OnnxModel.load(smallModel(), { threads: 1 })
    const { label, probabilities, embedding } = await model.infer(all, ['label', 'probabilities', 'embedding'])
    assert.deepEqual([label, probabilities, embedding], await Promise.all([model.predict(all), model.predictProba(all), model.transform(all)]))
    assert.deepEqual(Object.keys(await model.infer(all, ['embedding'])), ['embedding'])
    await assert.rejects(model.infer(all, []), TypeError)
    await assert.rejects(model.infer(all, ['labels' as 'label']), { code: 'ERR_FILE_FORMAT', message: /does not give `labels`/ })
    await using decoder = await OnnxModel.load(smallDecoder(), { threads: 1, batching: true })
    assert.deepEqual((await decoder.infer({ data: new Float32Array(4), shape: [2, 2] }, ['reconstruction'])).reconstruction.shape, [2, 4, 4])
  })

  it('with batching answers single calls as a batch does, and calls of many items too', async () => {
    await using model = await OnnxModel.load(smallModel(), { threads: 1, batching: { maxDelay: 2, maxBatch: 64 } })
    const labels = await model.predict(all)
    const singles = await Promise.all(Array.from({ length: 300 }, (_, i) => model.infer(one(i), ['label', 'probabilities'])))
    assert.deepEqual(
      Int32Array.from(singles, ({ label }) => label[0]!),
      labels
    )
    for (const { probabilities } of singles) assert.deepEqual(probabilities.shape, [1, 3])
    const signal = AbortSignal.abort(new Error('no'))
    await assert.rejects(model.predict(one(0), { signal }), /no/)
  })

  it('refuses wrong options of batching', async () => {
    for (const [batching, message] of [
      [3, /true, false or \{ maxDelay/],
      [{ maxdelay: 3 }, /did you mean `maxDelay`/],
      [{ maxBatch: 0 }, /an integer from 1 for `batching\.maxBatch` but received 0/],
      [{ maxDelay: '1' }, /for `batching\.maxDelay` but received "1"/]
    ] as const) {
      await assert.rejects(OnnxModel.load(smallModel(), { batching: batching as never }), { message })
    }
  })
})
