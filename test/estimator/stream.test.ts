/** Items in files, and results block by block, on the real addon: the same numbers as in memory. */

import assert from 'node:assert/strict'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dataset, FileDataset, ResultBlock } from '../../src/data/index.js'
import { openItems, toDataset, writeNpy } from '../../src/data/index.js'
import type { DCN } from '../../src/methods/dcn.js'
import { KnnGraph } from '../../src/methods/knn-graph.js'
import { evaluate } from '../../src/metrics/index.js'
import { OnnxModel } from '../../src/onnx/index.js'
import { blobs } from '../methods/blobs.js'
import { smallItems, smallModel } from '../onnx/small-onnx.js'
import { smallModels } from './small-models.js'

const { data, labels: truth } = blobs()

async function collected<Data extends Int32Array | Float32Array>(
  blocks: AsyncIterable<ResultBlock<Data>>
): Promise<{ data: number[]; shape: readonly number[]; sizes: number[] }> {
  const all: number[] = []
  const sizes: number[] = []
  let sides: readonly number[] = []
  for await (const block of blocks) {
    all.push(...block.data)
    sizes.push(block.shape[0]!)
    sides = block.shape.slice(1)
  }
  return { data: all, sizes, shape: [sizes.reduce((sum, size) => sum + size, 0), ...sides] }
}

describe('items in files', function () {
  this.timeout(60_000)
  let folder: string
  let path: (name: string) => string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
    path = name => join(folder, name)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)

  /** The blobs as numbers of a type, in two files, the second with something before its items. */
  async function stored(type: FileDataset['type']): Promise<FileDataset> {
    const { data: floats, shape } = data
    // Halves from 0 to 4, which all types but those of integers hold exactly; twice that as integers.
    const steps = Float32Array.from(floats, value => Math.round(Math.min(4, Math.max(0, value)) * 2))
    const float16 = (value: number): number =>
      value === 0 ? 0 : ((Math.floor(Math.log2(value)) + 15) << 10) | ((value / 2 ** Math.floor(Math.log2(value)) - 1) * 1024)
    const numbers =
      type === 'float32'
        ? floats
        : type === 'uint8'
          ? Uint8Array.from(steps)
          : type === 'int8'
            ? Int8Array.from(steps, value => value - 4)
            : Uint16Array.from(steps, value => float16(value / 2))
    const bytes = bytesOf(numbers)
    const itemBytes = bytes.length / shape[0]!
    await writeFile(path('a'), bytes.subarray(0, 100 * itemBytes))
    await writeFile(path('b'), Buffer.concat([Buffer.alloc(16), bytes.subarray(100 * itemBytes)]))
    return {
      files: [
        { path: path('a'), offset: 0, items: 100 },
        { path: path('b'), offset: 16, items: shape[0]! - 100 }
      ],
      type,
      shape
    }
  }

  for (const type of ['float32', 'uint8', 'float16', 'int8'] as const) {
    for (const name of ['kmeans', 'dcn'] as const) {
      it(`${name} gives the same of ${type} as of the same numbers in memory`, async () => {
        const files = await stored(type)
        const resident: Dataset = await toDataset(files)
        assert.equal(resident.data instanceof Uint8Array, type === 'uint8')
        const [one, other] = [smallModels[name](), smallModels[name]()]
        const [a, b] = [await one.fit(files, { labels: truth }), await other.fit(resident, { labels: truth })]
        assert.deepEqual(a.labels, b.labels)
        assert.deepEqual(a.metrics, evaluate(truth, a.labels))
        assert.deepEqual(
          a.history.map(({ values }) => values),
          b.history.map(({ values }) => values)
        )
        assert.deepEqual(await one.predict(files), await other.predict(resident))
        assert.deepEqual(await one.transform(files), await other.transform(resident))
        one.dispose()
        other.dispose()
      })
    }
  }

  it('a path above `memory` is read from its file, with equal results', async () => {
    await writeNpy(path('items.npy'), data)
    const [one, other] = [smallModels.dcn(), smallModels.dcn()]
    const read: string[] = []
    const a = await one.fit(path('items.npy'), { memory: 0, onProgress: event => event.type === 'reading' && read.push(event.to) })
    const b = await other.fit(data)
    assert.deepEqual(a.labels, b.labels)
    assert.deepEqual(read, [])
    assert.deepEqual(await one.transform(path('items.npy'), { memory: 0 }), await other.transform(data))
  })

  it('a fit that was aborted goes on from the files', async () => {
    const files = await stored('float32')
    const whole = await smallModels.dcn().fit(files)
    const model = smallModels.dcn()
    const controller = new AbortController()
    const onProgress = ({ type, ...event }: { type: string; phase?: string }): void => {
      if (type === 'epoch' && event.phase === 'joint') controller.abort('enough')
    }
    await assert.rejects(model.fit(files, { signal: controller.signal, onProgress }), error => error === 'enough')
    const resumed = await model.fit(files, { resume: true })
    assert.deepEqual(resumed.labels, whole.labels)
    assert.deepEqual(
      resumed.history.map(({ phase, epoch, values }) => ({ phase, epoch, values })),
      whole.history.map(({ phase, epoch, values }) => ({ phase, epoch, values }))
    )
  })

  it('a file that became shorter is an error that names it', async () => {
    const model = smallModels.kmeans()
    await model.fit(data)
    const refused = (error: { code: string; path: string }): boolean =>
      ['ERR_FILE_FORMAT', 'ERR_FILE_READ'].includes(error.code) && error.path === path('b')
    const files = await stored('float32')
    const blocks = model.stream('predict', files, { items: 200 })
    await blocks.next()
    await truncate(path('b'), 1000)
    await assert.rejects(blocks.next(), refused)
    await assert.rejects(model.predict(files), refused)
    await assert.rejects(smallModels.dcn().fit(files), refused)
    assert.deepEqual((await model.predict(data)).length, 600)
  })
})

describe('stream', function () {
  this.timeout(60_000)
  let model: DCN
  before(async () => {
    model = smallModels.dcn()
    await model.fit(data)
  })
  after(() => model.dispose())

  it('gives block by block what the operations give at once', async () => {
    const labels = await collected(model.stream('predict', data, { items: 250 }))
    assert.deepEqual(labels.sizes, [250, 250, 100])
    assert.deepEqual(labels.data, [...(await model.predict(data))])
    for (const operation of ['predictProba', 'transform', 'reconstruct'] as const) {
      const [whole, blocks] = [await model[operation](data), await collected(model.stream(operation, data, { items: 128 }))]
      assert.deepEqual([blocks.shape, blocks.sizes.length], [whole.shape, 5])
      assert.ok(blocks.data.every((value, i) => Math.abs(value - whole.data[i]!) <= 1e-5 * Math.max(1, Math.abs(value))))
    }
    assert.deepEqual((await collected(model.stream('predict', data))).sizes, [600])
  })

  it('takes everything that the operations take, within `memory`', async () => {
    const expected = [...(await model.predict(data))]
    async function* batches(): AsyncGenerator<Dataset> {
      for (let from = 0; from < 600; from += 100) yield { data: data.data.slice(from * 8, (from + 100) * 8), shape: [100, 8] }
    }
    assert.deepEqual((await collected(model.stream('predict', batches(), { memory: 0, items: 90 }))).data, expected)
    const rows = Array.from({ length: 600 }, (_, i) => [...data.data.subarray(8 * i, 8 * i + 8)])
    assert.deepEqual((await collected(model.stream('predict', rows, { items: 90 }))).data, expected)
  })

  it('leaves the model to other calls between the blocks, and refuses a fit until its loop is left', async () => {
    for await (const { data: labels } of model.stream('predict', data, { items: 250 })) {
      assert.deepEqual(labels, (await model.predict(data)).slice(0, 250))
      await assert.rejects(model.fit(data), { code: 'ERR_BUSY', message: /stream of this model is open/ })
      break
    }
    const { labels } = await model.fit(data)
    assert.equal(labels.length, 600)
    const unstarted = model.stream('predict', data)
    await model.fit(data)
    await unstarted.return()
    const fitting = model.fit(data)
    await assert.rejects(model.stream('predict', data).next(), { code: 'ERR_BUSY' })
    await fitting
  })

  it('stops at a signal, and where the model is disposed', async () => {
    const controller = new AbortController()
    const blocks = model.stream('predict', data, { items: 100, signal: controller.signal })
    assert.equal((await blocks.next()).done, false)
    controller.abort('enough')
    await assert.rejects(blocks.next(), error => error === 'enough')
    await model.fit(data)
    const other = smallModels.kmeans()
    await other.fit(data)
    const ended = other.stream('predict', data, { items: 100 })
    await ended.next()
    other.dispose()
    await assert.rejects(ended.next(), { code: 'ERR_DISPOSED' })
  })

  it('refuses operations that a class lacks, and options that are none', async () => {
    const autoencoder = smallModels.autoencoder()
    await assert.rejects(autoencoder.stream('transform', data).next(), { code: 'ERR_NOT_FITTED' })
    await autoencoder.fit(data)
    // @ts-expect-error it has no clusters
    await assert.rejects(autoencoder.stream('predict', data).next(), {
      name: 'TypeError',
      message: 'Expected one of transform, reconstruct for `operation` but received "predict"'
    })
    // @ts-expect-error it answers nothing for new items
    assert.ok(new KnnGraph({ neighbours: 3 }).stream('transform', data))
    await assert.rejects(model.stream('predict', data, { items: 0 }).next(), { name: 'RangeError', message: /`items` but received 0/ })
    await assert.rejects(model.stream('predict', data, { rows: 3 } as never).next(), { name: 'TypeError', message: /rows/ })
    const block: ResultBlock<Int32Array> = (await model.stream('predict', data).next()).value!
    assert.ok(block.data instanceof Int32Array)
  })

  it('goes from file to file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
    try {
      await writeNpy(join(folder, 'items.npy'), data)
      await writeNpy(join(folder, 'codes.npy'), model.stream('transform', join(folder, 'items.npy'), { memory: 0, items: 70 }))
      const codes = await openItems(join(folder, 'codes.npy'))
      assert.deepEqual(codes.shape, [600, 3])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('of an ONNX model', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
    const items = smallItems(1000)
    const exported = await OnnxModel.load(smallModel(), { threads: 1 })
    try {
      await writeNpy(join(folder, 'items.npy'), items)
      const path = join(folder, 'items.npy')
      const labels = await exported.predict(items)
      assert.deepEqual(await exported.predict(path, { memory: 0 }), labels)
      const blocks = await collected(exported.stream('predict', path, { memory: 0, items: 300 }))
      assert.deepEqual([blocks.data, blocks.sizes], [[...labels], [300, 300, 300, 100]])
      assert.deepEqual((await collected(exported.stream('transform', items))).shape, [1000, 2])
      // @ts-expect-error no such operation
      await assert.rejects(exported.stream('reconstruct', items).next(), { name: 'TypeError', message: /`operation` but received "reconstruct"/ })
      const controller = new AbortController()
      const stopped = exported.stream('predict', items, { items: 100, signal: controller.signal })
      await stopped.next()
      controller.abort('enough')
      await assert.rejects(stopped.next(), error => error === 'enough')
      const ended = exported.stream('predict', items, { items: 100 })
      await ended.next()
      exported.dispose()
      await assert.rejects(ended.next(), { code: 'ERR_DISPOSED' })
    } finally {
      exported.dispose()
      await rm(folder, { recursive: true })
    }
  })
})
