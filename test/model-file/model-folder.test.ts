import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadModelFolder, saveModelFolder } from '../../src/model-file/index.js'
import { sampleTensors } from './sample-tensors.js'

describe('model folder', () => {
  let folder: string
  let config: string
  let model: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-model-'))
    config = join(folder, 'config.json')
    model = join(folder, 'model.safetensors')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const missing = (message: RegExp): Promise<void> => assert.rejects(loadModelFolder(folder), { code: 'ERR_FILE_NOT_FOUND', message })
  const refused = (message: RegExp): Promise<void> => assert.rejects(loadModelFolder(folder), { code: 'ERR_FILE_FORMAT', message })

  it('loads what it saved, and saving again replaces it', async () => {
    const deep = join(folder, 'a', 'b')
    const first = { method: 'dcn', seed: 1, history: [{ loss: 0.5, text: 'ü' }], none: null }
    await saveModelFolder(deep, first, sampleTensors)
    const { config: read, tensors } = await loadModelFolder(deep)
    const { format, formatVersion, pair, ...rest } = read
    assert.deepEqual(rest, first)
    assert.deepEqual([format, formatVersion, typeof pair], ['deep-clustering', 1, 'string'])
    assert.deepEqual({ ...tensors }, sampleTensors)
    assert.match(await readFile(join(deep, 'config.json'), 'utf8'), /^\{\n {2}"format": "deep-clustering",\n {2}"formatVersion": 1,\n/)

    await saveModelFolder(deep, { method: 'dcn', seed: 2 }, { labels: sampleTensors['labels']! })
    const second = await loadModelFolder(deep)
    assert.deepEqual([second.config['seed'], second.config['history']], [2, undefined])
    assert.deepEqual({ ...second.tensors }, { labels: sampleTensors['labels'] })
    assert.deepEqual((await readdir(deep)).sort(), ['config.json', 'model.safetensors'])
  })

  it('a loaded config may be saved again: format, version and pair are always its own', async () => {
    await saveModelFolder(folder, { format: 'other', formatVersion: 99, pair: 'x', kept: true }, sampleTensors)
    const first = await loadModelFolder(folder)
    await saveModelFolder(folder, first.config, first.tensors)
    const second = await loadModelFolder(folder)
    assert.deepEqual([second.config['format'], second.config['formatVersion'], second.config['kept']], ['deep-clustering', 1, true])
    assert.notEqual(second.config['pair'], first.config['pair'])
  })

  it('says what is missing', async () => {
    const nowhere = join(folder, 'none')
    await assert.rejects(loadModelFolder(nowhere), {
      code: 'ERR_FILE_NOT_FOUND',
      path: join(nowhere, 'config.json'),
      message: `${join(nowhere, 'config.json')}: there is no saved model here`
    })
    await missing(/config\.json: there is no saved model here/)
    await saveModelFolder(folder, {}, sampleTensors)
    await assert.rejects(loadModelFolder(config), { code: 'ERR_FILE_NOT_FOUND', message: /there is no saved model here/ })
    await rm(model)
    await missing(/model\.safetensors: does not exist/)
    await rm(config)
    await mkdir(config)
    await assert.rejects(loadModelFolder(folder), { code: 'ERR_FILE_READ', path: config, message: /config\.json: is not a regular file/ })
  })

  it('refuses configs that are not of this package, or of a newer version', async () => {
    await saveModelFolder(folder, {}, sampleTensors)
    const text = await readFile(config, 'utf8')
    for (const [damaged, message] of [
      [text.replace('"formatVersion": 1', '"formatVersion": 2'), /format version 2.*upgrade deep-clustering/],
      [text.replace('"formatVersion": 1', '"formatVersion": "1"'), /no formatVersion/],
      [text.replace('"formatVersion": 1', '"formatVersion": 0.5'), /no formatVersion/],
      [text.replace('"deep-clustering"', '"other"'), /not of a model/],
      [text.replace('"pair"', '"pear"'), /has no pair/],
      [text.slice(0, -4), /no valid JSON/],
      ['[]', /holds no object/],
      ['null', /holds no object/],
      ['', /no valid JSON/],
      ['\xff', /not of a model|no valid JSON/],
      [`{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, /more than 32 levels/]
    ] as const) {
      await writeFile(config, damaged, 'latin1')
      await refused(message)
    }
    await writeFile(config, Buffer.alloc(64 * 2 ** 20 + 1, ' '))
    const requiredBytes = 64 * 2 ** 20 + 1
    await assert.rejects(loadModelFolder(folder), { code: 'ERR_FILE_READ', path: config, requiredBytes, message: /more than the 67108864 allowed/ })
  })

  it('does not save what it would not load, and leaves what stood there', async () => {
    await saveModelFolder(folder, { seed: 1 }, sampleTensors)
    let deep: unknown = 1
    for (let i = 0; i < 40; ++i) deep = [deep]
    await assert.rejects(saveModelFolder(folder, { deep }, sampleTensors), RangeError)
    await assert.rejects(saveModelFolder(folder, { long: 'x'.repeat(64 * 2 ** 20) }, sampleTensors), RangeError)
    await assert.rejects(saveModelFolder(folder, {}, { w: { data: new Uint8Array(2), shape: [3] } }), RangeError)
    assert.equal((await loadModelFolder(folder)).config['seed'], 1)
    assert.deepEqual((await readdir(folder)).sort(), ['config.json', 'model.safetensors'])
  })

  describe('after a crash while a model was replaced', () => {
    let next: string
    let pair: string
    beforeEach(async () => {
      await saveModelFolder(folder, { seed: 1 }, sampleTensors)
      next = join(folder, 'next')
      await saveModelFolder(next, { seed: 2 }, { labels: sampleTensors['labels']! })
      pair = (await loadModelFolder(next)).config['pair'] as string
    })
    const stage = (as = pair): Promise<void> => copyFile(join(next, 'config.json'), join(folder, `config.json.${as}.tmp`))
    const replaceTensors = (): Promise<void> => copyFile(join(next, 'model.safetensors'), model)

    it('before the first rename, the old model stands', async () => {
      await stage()
      await copyFile(join(next, 'model.safetensors'), `${model}.1.tmp`)
      const { config: read, tensors } = await loadModelFolder(folder)
      assert.equal(read['seed'], 1)
      assert.deepEqual({ ...tensors }, sampleTensors)
    })

    it('between the renames, the new model stands', async () => {
      await stage()
      await replaceTensors()
      const { config: read, tensors } = await loadModelFolder(folder)
      assert.equal(read['seed'], 2)
      assert.deepEqual(Object.keys(tensors), ['labels'])
      await saveModelFolder(folder, { seed: 3 }, sampleTensors)
      assert.equal((await loadModelFolder(folder)).config['seed'], 3)
    })

    it('files that do not belong together are never mixed', async () => {
      await replaceTensors()
      await refused(/config\.json: does not belong to the model\.safetensors beside it/)
      await copyFile(config, join(folder, `config.json.${pair}.tmp`))
      await refused(/config\.json: does not belong/)
      await writeFile(join(folder, `config.json.${pair}.tmp`), '{')
      await refused(/config\.json: does not belong/)
    })

    it('a pair that is no identifier of ours is never used as a path', async () => {
      const evil = '../next/config.json/../../next/x'
      const bytes = await readFile(model)
      const old = (await loadModelFolder(folder)).config['pair'] as string
      const at = bytes.indexOf(old)
      bytes.write(evil.padEnd(old.length, '/'), at)
      await writeFile(model, bytes)
      await refused(/config\.json: does not belong/)
    })
  })
})
