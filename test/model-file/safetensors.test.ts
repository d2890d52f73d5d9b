import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadModelFolder, readSafetensors, saveModelFolder, writeSafetensors } from '../../src/model-file/index.js'
import type { Tensors } from '../../src/native/addon.js'

const tensors: Tensors = {
  'b.weight': { data: Float32Array.of(1, -2.5, 3e-9, 4, 5, 6), shape: [2, 3] },
  'a.count': { data: BigInt64Array.of(-(2n ** 60n)), shape: [] },
  none: { data: new Float32Array(0), shape: [0, 4] },
  bytes: { data: Uint8Array.of(0, 127, 255), shape: [3] },
  doubles: { data: Float64Array.of(Math.PI), shape: [1] },
  labels: { data: Int32Array.of(-1, 7), shape: [2] },
}

describe('safetensors', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-safetensors-'))
    path = join(folder, 'x.safetensors')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const rejects = (bytes: Uint8Array | string, message: RegExp): Promise<void> =>
    writeFile(path, bytes).then(() => assert.rejects(readSafetensors(path), { code: 'ERR_FILE_FORMAT', message }))

  /** A file with this header text and so many zero bytes after it. */
  function fileOf(header: string, length: number): Buffer {
    const start = Buffer.alloc(8)
    start.writeBigUInt64LE(BigInt(Buffer.byteLength(header)))
    return Buffer.concat([start, Buffer.from(header), Buffer.alloc(length)])
  }

  it('reads what it wrote', async () => {
    await writeSafetensors(path, tensors, { key: 'välue' })
    const read = await readSafetensors(path)
    assert.deepEqual({ ...read.tensors }, tensors)
    assert.deepEqual({ ...read.metadata }, { key: 'välue' })
    assert.deepEqual(await readdir(folder), ['x.safetensors'])
  })

  it('writes the bytes that the format says', async () => {
    await writeSafetensors(path, tensors, { k: 'v' })
    const bytes = await readFile(path)
    const length = Number(bytes.readBigUInt64LE())
    assert.equal(length % 8, 0)
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>
    assert.deepEqual(header['__metadata__'], { k: 'v' })
    const { dtype, shape, data_offsets: [begin, end] } = header['b.weight']!
    assert.deepEqual([dtype, shape, end - begin], ['F32', [2, 3], 24])
    const values = Array.from({ length: 6 }, (_, i) => bytes.readFloatLE(8 + length + begin + 4 * i))
    assert.deepEqual(values, [...(tensors['b.weight']!.data as Float32Array)])
    assert.equal(bytes.length, 8 + length + 24 + 8 + 3 + 8 + 8)
  })

  it("is read by Python's safetensors", async function () {
    const python = process.env['PYTHON'] ?? 'python3'
    if (spawnSync(python, ['-c', 'import safetensors, numpy']).status !== 0) this.skip()
    await writeSafetensors(path, tensors, { k: 'v' })
    const script = `import sys, json; from safetensors import safe_open
f = safe_open(sys.argv[1], 'np'); print(json.dumps([f.metadata(), sorted((k, str(f.get_tensor(k).dtype), f.get_tensor(k).tolist()) for k in f.keys())]))`
    const { stdout } = spawnSync(python, ['-c', script, path], { encoding: 'utf8' })
    const [metadata, read] = JSON.parse(stdout) as [unknown, [string, string, unknown][]]
    assert.deepEqual(metadata, { k: 'v' })
    assert.deepEqual(read.map(([name, dtype]) => [name, dtype]), [
      ['a.count', 'int64'], ['b.weight', 'float32'], ['bytes', 'uint8'], ['doubles', 'float64'], ['labels', 'int32'], ['none', 'float32'],
    ])
    assert.deepEqual(read[3]![2], [Math.PI])
  })

  it('refuses what the format does not allow', async () => {
    const entry = (dtype: string, shape: string, begin: number, end: number): string => `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`
    await rejects('short', /too short/)
    await rejects(Buffer.from('ffffffffffffffff7b7d', 'hex'), /declares a header of 18446744073709551615 bytes/)
    await rejects(fileOf('[]', 0), /does not begin with \{/)
    await rejects(fileOf('{"a":', 0), /no valid JSON/)
    await rejects(fileOf('{"\xff', 0), /no valid JSON/)
    await rejects(fileOf(`{"a":${entry('F32', '[1]', 0, 4)},"a":${entry('F32', '[1]', 0, 4)}}`, 4), /stands twice/)
    await rejects(fileOf(`{"a":${entry('F16', '[1]', 0, 2)}}`, 2), /the type "F16"/)
    await rejects(fileOf(`{"a":${entry('F32', '[-1]', 0, 4)}}`, 4), /no list of sizes/)
    await rejects(fileOf(`{"a":${entry('F32', '[1.5]', 0, 4)}}`, 4), /no list of sizes/)
    await rejects(fileOf(`{"a":${entry('U8', '[9007199254740991,9007199254740991]', 0, 4)}}`, 4), /does not take the 4 bytes/)
    await rejects(fileOf(`{"a":${entry('F32', '[2]', 0, 4)}}`, 4), /does not take the 4 bytes/)
    await rejects(fileOf(`{"a":${entry('F32', '[1]', 4, 8)}}`, 8), /begins at 4, the one before ends at 0/)
    await rejects(fileOf(`{"a":${entry('F32', '[1]', 0, 4)},"b":${entry('F32', '[1]', 0, 4)}}`, 4), /begins at 0, the one before ends at 4/)
    await rejects(fileOf(`{"a":${entry('F32', '[1]', 0, 4)}}`, 5), /take 4 bytes, but 5 follow/)
    await rejects(fileOf('{"__metadata__":{"a":1}}', 0), /is no string/)
    await assert.rejects(readSafetensors(join(folder, 'nothing')), { code: 'ERR_FILE_FORMAT' })
  })

  it('a tensor may be called __proto__', async () => {
    const odd = Object.create(null) as Tensors
    odd['__proto__'] = { data: Uint8Array.of(1), shape: [1] }
    await writeSafetensors(path, odd)
    const read = await readSafetensors(path)
    assert.deepEqual(Object.keys(read.tensors), ['__proto__'])
    assert.equal(({} as Record<string, unknown>)['data'], undefined)
  })
})

describe('model folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-model-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('loads what it saved, and saving again replaces it', async () => {
    await saveModelFolder(folder, { method: 'dcn', seed: 1 }, tensors)
    await saveModelFolder(folder, { method: 'dcn', seed: 2 }, { labels: tensors['labels']! })
    const { config, tensors: read } = await loadModelFolder(folder)
    assert.deepEqual([config['method'], config['seed'], config['formatVersion']], ['dcn', 2, 1])
    assert.deepEqual({ ...read }, { labels: tensors['labels'] })
    assert.deepEqual((await readdir(folder)).sort(), ['config.json', 'model.safetensors'])
  })

  it('a file of another save, a newer version and a missing folder say so', async () => {
    await saveModelFolder(folder, {}, tensors)
    const old = await readFile(join(folder, 'config.json'), 'utf8')
    await saveModelFolder(folder, {}, tensors)
    await writeFile(join(folder, 'config.json'), old)
    await assert.rejects(loadModelFolder(folder), { code: 'ERR_FILE_FORMAT', message: /does not belong to the model\.safetensors/ })
    await writeFile(join(folder, 'config.json'), old.replace('"formatVersion": 1', '"formatVersion": 2'))
    await assert.rejects(loadModelFolder(folder), { code: 'ERR_FILE_FORMAT', message: /upgrade deep-clustering/ })
    await assert.rejects(loadModelFolder(join(folder, 'none')), { code: 'ERR_FILE_FORMAT', message: /there is no saved model here/ })
  })

  it('800 damaged copies load to something whole or are refused, and nothing else', async () => {
    await saveModelFolder(folder, { method: 'dcn', note: 'x'.repeat(50) }, tensors)
    const names = ['model.safetensors', 'config.json'] as const
    const whole = await Promise.all(names.map(name => readFile(join(folder, name))))
    let state = 12345
    const draw = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const outcomes = { loaded: 0, refused: 0 }
    for (let trial = 0; trial < 800; ++trial) {
      const which = trial % 4 === 3 ? 1 : 0
      let bytes = Buffer.from(whole[which]!)
      // Mostly in the header, where a lie can do harm.
      const place = draw(trial % 3 === 0 ? bytes.length : Math.min(bytes.length, 600))
      switch (draw(7)) {
        case 0:
          bytes[place]! ^= 1 << draw(8)
          break
        case 1:
          bytes = bytes.subarray(0, place)
          break
        case 2:
          bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from([draw(256)]), bytes.subarray(place)])
          break
        case 3:
          bytes[draw(8)] = draw(256)
          break
        case 4:
          bytes = Buffer.concat([bytes, Buffer.alloc(1 + draw(100))])
          break
        case 5: {
          // A digit of a shape or an offset becomes another one.
          const text = bytes.toString('latin1')
          const digits = [...text.matchAll(/\d/g)].map(match => match.index)
          bytes[digits[draw(digits.length)]!] = 48 + draw(10)
          break
        }
        default:
          bytes.copy(bytes, place, draw(bytes.length), Math.min(bytes.length, place + 40))
      }
      await writeFile(join(folder, names[which]), bytes)
      try {
        const { tensors: read } = await loadModelFolder(folder)
        for (const { data, shape } of Object.values(read)) assert.equal(data.length, shape.reduce((product, side) => product * side, 1))
        ++outcomes.loaded
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'ERR_FILE_FORMAT', String((error as Error).stack))
        ++outcomes.refused
      }
      await writeFile(join(folder, names[which]), whole[which]!)
    }
    assert.ok(outcomes.refused > 400 && outcomes.loaded > 0, JSON.stringify(outcomes))
  })
})
