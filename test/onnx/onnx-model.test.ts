import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OnnxModel } from '../../src/onnx/index.js'
import { readModel } from '../../src/onnx/read-model.js'
import { loadRuntime, providersUsed } from '../../src/onnx/runtime.js'
import { smallAutoencoder, smallDecoder, smallItems, smallModel } from './small-onnx.js'

describe('OnnxModel', () => {
  const items = smallItems(1000)
  const load = (options: Parameters<typeof OnnxModel.load>[1] = {}): Promise<OnnxModel> => OnnxModel.load(smallModel(), { threads: 1, ...options })

  it('loads from a path or from bytes, and says what the file says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
    try {
      const path = join(folder, 'small.onnx')
      await writeFile(path, smallModel())
      await using model = await OnnxModel.load(path)
      assert.equal(model.metadata.method, 'dcn')
      assert.equal(model.executionProvider, 'cpu')
      await using same = await load()
      assert.deepEqual(await model.predict(items), await same.predict(items))
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('gives labels, probabilities and embeddings that agree with each other', async () => {
    await using model = await load()
    const [labels, probabilities, embedding] = await Promise.all([model.predict(items), model.predictProba(items), model.transform(items)])
    assert.deepEqual([labels.length, probabilities.shape, embedding.shape], [1000, [1000, 3], [1000, 2]])
    assert.ok(labels instanceof Int32Array && new Set(labels).size > 1)
    labels.forEach((label, i) => {
      const row = probabilities.data.subarray(i * 3, i * 3 + 3)
      assert.equal(row.indexOf(Math.max(...row)), label)
      assert.ok(Math.abs(row.reduce((sum, value) => sum + value) - 1) < 1e-5)
    })
  })

  it('gives the same whatever the size of its batches', async () => {
    await using one = await load({ batchSize: 1 })
    await using all = await load({ batchSize: 5000 })
    const few = smallItems(70)
    assert.deepEqual(await one.predict(few), await all.predict(few))
    assert.deepEqual((await one.transform(few)).shape, [70, 2])
  })

  it('takes floats that are bytes, and says which are not', async () => {
    await using model = await load()
    const floats = { data: Float32Array.from(items.data), shape: items.shape }
    assert.deepEqual(await model.predict(floats), await model.predict(items))
    floats.data[16 * 700 + 3] = 0.5
    await assert.rejects(model.predict(floats), { name: 'RangeError', message: /integers 0 \.\. 255 .*for `data\[700\]` but received 0\.5/ })
    await using ofFloats = await OnnxModel.load(smallModel('float32'))
    assert.deepEqual(await ofFloats.predict(items), await model.predict(items))
  })

  it('decodes embeddings', async () => {
    await using decoder = await OnnxModel.load(smallDecoder())
    const { shape } = await decoder.decode({ data: new Float32Array(6), shape: [3, 2] })
    assert.deepEqual(shape, [3, 4, 4])
    await assert.rejects(decoder.predict(items), {
      code: 'ERR_FILE_FORMAT',
      message: 'This model does not give `label`: it makes `reconstruction` from `embedding`'
    })
  })

  it('says what a file without clusters has', async () => {
    await using model = await OnnxModel.load(smallAutoencoder())
    await assert.rejects(model.predict(items), { code: 'ERR_FILE_FORMAT', message: /does not give `label`: it makes `embedding` from `items`/ })
  })

  it('refuses items of another shape, and arguments that are none', async () => {
    await using model = await load()
    await assert.rejects(model.predict({ data: new Uint8Array(32), shape: [2, 16] }), {
      name: 'RangeError',
      message: /items of shape \[4, 4\], as the model takes, for `data` but received \[16\]/
    })
    await assert.rejects(model.predict(items, { signals: 1 } as never), TypeError)
    await assert.rejects(OnnxModel.load(3 as never), { name: 'TypeError', message: /for `source` but received 3/ })
    await assert.rejects(load({ threads: 0 }), { name: 'RangeError', message: /for `threads` but received 0/ })
    await assert.rejects(load({ executionProviders: [] }), { name: 'TypeError', message: /for `executionProviders`/ })
    await assert.rejects(load({ device: 'cpu' } as never), { name: 'TypeError', message: /device/ })
    const nowhere = '/nowhere/at-all.onnx'
    await assert.rejects(OnnxModel.load(nowhere), { code: 'ERR_FILE_NOT_FOUND', path: nowhere, message: /there is no such file/ })
  })

  it('an execution provider that was asked for and cannot be had is an error; the first that can be had is taken, and named', async () => {
    await assert.rejects(load({ executionProviders: ['no-such'] }), {
      code: 'ERR_DEVICE_UNAVAILABLE',
      message: /no-such: this onnxruntime-node offers .*cpu/
    })
    await using model = await load({ executionProviders: ['no-such', 'cpu'] })
    assert.equal(model.executionProvider, 'cpu')
  })

  it('reads from onnxruntime itself where nodes ran', async () => {
    const { bytes } = readModel(smallModel(), 'small.onnx')
    const example = { items: { type: 'uint8', data: new Uint8Array(16), shape: [1, 4, 4] } } as const
    assert.deepEqual(await providersUsed(await loadRuntime(), bytes, { executionProviders: ['cpu'] }, example), ['cpu'])
  })

  it('runs several models and calls at once, each as it would alone', async () => {
    const models = await Promise.all([load(), load(), OnnxModel.load(smallModel('float32'))])
    const expected = await models[0]!.predict(items)
    const results = await Promise.all(models.flatMap(model => [model.predict(items), model.predict(items), model.predict(items)]))
    for (const labels of results) assert.deepEqual(labels, expected)
    for (const model of models) model.dispose()
  })

  it('stops at a signal, and serves on', async () => {
    await using model = await load({ batchSize: 1 })
    const controller = new AbortController()
    const running = model.predict(items, { signal: controller.signal })
    setImmediate(() => controller.abort('enough'))
    await assert.rejects(running, error => error === 'enough')
    await assert.rejects(model.predict(items, { signal: AbortSignal.abort('before') }), error => error === 'before')
    assert.equal((await model.predict(items)).length, 1000)
  })

  it('dispose rejects what waits and what comes later', async () => {
    const model = await load({ batchSize: 1 })
    const waiting = model.predict(items)
    setImmediate(() => model.dispose())
    await assert.rejects(waiting, { code: 'ERR_DISPOSED' })
    await assert.rejects(model.predict(items), { code: 'ERR_DISPOSED' })
    assert.equal(model.disposed, true)
    model.dispose()
    await model[Symbol.asyncDispose]()
  })

  it('takes bytes in shared memory', async () => {
    const bytes = smallModel()
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    await using model = await OnnxModel.load(shared)
    assert.equal(model.metadata.method, 'dcn')
  })

  it('leaves the caller the data as they were', async () => {
    await using model = await load()
    const mine = smallItems(300)
    await model.predict(mine)
    assert.deepEqual(mine, smallItems(300))
  })

  describe('in a process of its own', () => {
    const run = async (how: string): Promise<{ code: number | null; signal: string | null; stdout: string }> => {
      const child = spawn(process.execPath, [fileURLToPath(new URL('./serve-and-exit.js', import.meta.url)), how], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      let stdout = ''
      child.stdout.on('data', chunk => (stdout += chunk))
      const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
      return { code, signal, stdout }
    }

    it('a model that waits for work keeps no process alive', async () => assert.deepEqual(await run('idle'), { code: 0, signal: null, stdout: '20' }))
    it('a program on the command line may use one', () => {
      const [library, small] = ['../../src/onnx/index.js', './small-onnx.js'].map(path => new URL(path, import.meta.url).href)
      const program = `import { OnnxModel } from '${library}'; import { smallItems, smallModel } from '${small}'
        const model = await OnnxModel.load(smallModel()); console.log((await model.predict(smallItems(20))).length)`
      const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
      assert.equal(stdout, '20\n', stderr)
    })
    it('a disposed one lets the process end by itself', async () => assert.deepEqual(await run('dispose'), { code: 0, signal: null, stdout: '20' }))
    it('a process may exit while a model runs', async () => assert.deepEqual(await run('exit'), { code: 7, signal: null, stdout: '20' }))
    it('a model may be used in a worker that is terminated', async () =>
      assert.deepEqual(await run('worker'), { code: 0, signal: null, stdout: '20' }))
  })
})
