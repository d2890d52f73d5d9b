import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readSafetensors, writeSafetensors } from '../../src/model-file/index.js'
import type { Tensors } from '../../src/native/addon.js'
import { sampleTensors, sampleValues } from './sample-tensors.js'

describe('safetensors', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-safetensors-'))
    path = join(folder, 'x.safetensors')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const rejects = (bytes: Uint8Array, what: RegExp): Promise<void> =>
    writeFile(path, bytes).then(() =>
      assert.rejects(readSafetensors(path), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ERR_FILE_FORMAT', error.stack)
        assert.ok(error.message.startsWith(`${path}: `), error.message)
        assert.match(error.message, what)
        return true
      })
    )

  /** A file with this header text and so many zero bytes after it. */
  function fileOf(header: string | Uint8Array, length: number): Buffer {
    const start = Buffer.alloc(8)
    start.writeBigUInt64LE(BigInt(Buffer.byteLength(header)))
    return Buffer.concat([start, Buffer.from(header as string), Buffer.alloc(length)])
  }

  const entry = (dtype: string, shape: string, begin: number | string, end: number | string): string =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`

  it('reads what it wrote', async () => {
    await writeSafetensors(path, sampleTensors, { key: 'välue', __proto__x: '' })
    const { tensors, metadata } = await readSafetensors(path)
    assert.deepEqual({ ...tensors }, sampleTensors)
    assert.deepEqual({ ...metadata }, { key: 'välue', __proto__x: '' })
    assert.deepEqual(await readdir(folder), ['x.safetensors'])
  })

  it('writes the bytes that the format says', async () => {
    await writeSafetensors(path, sampleTensors, { k: 'v' })
    const bytes = await readFile(path)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const start = 8 + Number(view.getBigUint64(0, true))
    assert.equal(start % 8, 0)
    assert.equal(bytes[8], '{'.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start))
    assert.match(text, /\} *$/)
    const { __metadata__, ...header } = JSON.parse(text) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>
    assert.deepEqual(__metadata__, { k: 'v' })

    const readers: Record<string, [number, (at: number) => number | bigint]> = {
      F32: [4, at => view.getFloat32(at, true)],
      F64: [8, at => view.getFloat64(at, true)],
      U8: [1, at => view.getUint8(at)],
      I32: [4, at => view.getInt32(at, true)],
      I64: [8, at => view.getBigInt64(at, true)]
    }
    const read: typeof sampleValues = {}
    let next = 0
    for (const [
      name,
      {
        dtype,
        shape,
        data_offsets: [begin, end]
      }
    ] of Object.entries(header)) {
      const [size, value] = readers[dtype]!
      assert.equal(begin, next, `${name} follows the one before it`)
      assert.equal(begin % size, 0, `${name} is aligned`)
      read[name] = { dtype, shape, values: Array.from({ length: (end - begin) / size }, (_, i) => value(start + begin + i * size)) }
      next = end
    }
    assert.deepEqual(read, sampleValues)
    assert.equal(bytes.length, start + next)
    assert.deepEqual(Object.keys(header), ['a.count', 'doubles', 'b.weight', 'labels', 'none', 'bytes'])
  })

  it("is read by Python's safetensors, and reads what that wrote", async function () {
    this.timeout(60_000)
    const python = process.env['PYTHON'] ?? 'python3'
    if (spawnSync(python, ['-c', 'import safetensors.numpy']).status !== 0) {
      this.test!.title += ` (skipped: ${python} has no safetensors and numpy)`
      this.skip()
    }
    await writeSafetensors(path, sampleTensors, { k: 'v' })
    const script = `
import json, sys
from safetensors import safe_open
from safetensors.numpy import save_file
with safe_open(sys.argv[1], 'np') as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    print(json.dumps([file.metadata(), {name: [str(t.dtype), t.shape, [str(v) for v in t.ravel().tolist()]] for name, t in tensors.items()}]))
    save_file(tensors, sys.argv[2], file.metadata())
`
    const other = join(folder, 'python.safetensors')
    const { stdout } = await promisify(execFile)(python, ['-c', script, path, other])
    const [metadata, read] = JSON.parse(stdout) as [unknown, Record<string, [string, number[], string[]]>]
    assert.deepEqual(metadata, { k: 'v' })
    const dtypes: Record<string, string> = { F32: 'float32', F64: 'float64', U8: 'uint8', I32: 'int32', I64: 'int64' }
    assert.deepEqual(Object.keys(read).sort(), Object.keys(sampleValues).sort())
    for (const [name, { dtype, shape, values }] of Object.entries(sampleValues)) {
      const [type, itsShape, itsValues] = read[name]!
      assert.deepEqual([type, itsShape], [dtypes[dtype], shape], name)
      assert.deepEqual(
        itsValues.map(value => (dtype === 'I64' ? BigInt(value) : Number(value))),
        values,
        name
      )
    }
    const back = await readSafetensors(other)
    assert.deepEqual({ ...back.tensors }, sampleTensors)
    assert.deepEqual({ ...back.metadata }, { k: 'v' })
  })

  it('refuses lengths that the file does not have', async () => {
    await rejects(Buffer.from('short'), /too short/)
    await rejects(Buffer.alloc(0), /too short/)
    await rejects(Buffer.from('ffffffffffffffff7b7d', 'hex'), /declares a header of 18446744073709551615 bytes/)
    await rejects(Buffer.from('03000000000000007b7d', 'hex'), /declares a header of 3 bytes, but has 10/)
    await rejects(fileOf('', 0), /does not begin with \{/)
  })

  it('refuses headers that are no JSON object in UTF-8, or name something twice', async () => {
    const one = entry('F32', '[1]', 0, 4)
    await rejects(fileOf('[]', 0), /does not begin with \{/)
    await rejects(fileOf('\ufeff{}', 0), /does not begin with \{/)
    await rejects(fileOf(' {}', 0), /does not begin with \{/)
    await rejects(fileOf('{"a":', 0), /wrong header: expected \{ at character 5 but found the end/)
    await rejects(fileOf('{}\0', 0), /expected the end/)
    await rejects(fileOf(Buffer.from('{"\xff":{}}', 'latin1'), 0), /wrong header: .*utf-8/)
    await rejects(fileOf(`{"a":${one},"a":${one}}`, 4), /the key "a" stands twice/)
    await rejects(fileOf(`{"a":${one},"\\u0061"${' '.repeat(50)}:${one}}`, 4), /the key "a" stands twice/)
    await rejects(fileOf('{"__metadata__":{},"__metadata__":{}}', 0), /stands twice/)
    await rejects(fileOf('{"__metadata__":{"a":1}}', 0), /expected a string/)
    await rejects(fileOf('{"__metadata__":null}', 0), /expected \{/)
    await rejects(fileOf(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, 0), /expected \{/)
  })

  it('refuses entries that are incomplete, unknown or contradict themselves', async () => {
    await rejects(fileOf('{"a":{}}', 0), /tensor "a" lacks one of/)
    await rejects(fileOf('{"a":{"dtype":"U8","shape":[1]}}', 1), /lacks one of/)
    await rejects(fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}', 1), /has the unknown field "x"/)
    await rejects(fileOf(`{"a":${entry('F16', '[1]', 0, 2)}}`, 2), /the type "F16"; readable are F32/)
    for (const shape of ['[-1]', '[1.0]', '[1e0]', '["1"]', '1', 'null', '[9007199254740992]'])
      await rejects(fileOf(`{"a":${entry('U8', shape, 0, 1)}}`, 1), /expected/)
    await rejects(fileOf(`{"a":${entry('U8', `[${'1,'.repeat(64)}1]`, 0, 1)}}`, 1), /more than 64/)
    await rejects(fileOf(`{"a":${entry('U8', '[9007199254740991,9007199254740991]', 0, 4)}}`, 4), /does not take the 4 bytes/)
    await rejects(fileOf(`{"a":${entry('U8', '[9007199254740991,9007199254740991,0]', 0, 0)}}`, 0), /does not take the 0 bytes/)
    await rejects(fileOf(`{"a":${entry('F64', '[4503599627370496]', 0, 8)}}`, 8), /does not take the 8 bytes/)
    await rejects(fileOf(`{"a":${entry('F32', '[2]', 0, 4)}}`, 4), /does not take the 4 bytes/)
    await rejects(fileOf(`{"a":${entry('F32', '[1]', 4, 0)}}`, 4), /no range: \[4, 0\]/)
    await rejects(fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}', 1), /no range: \[0\]/)
    await rejects(fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}', 1), /more than 2/)
  })

  it('refuses holes, overlaps and bytes that belong to no tensor', async () => {
    const two = (a: [number, number], b: [number, number], length: number): Buffer =>
      fileOf(`{"a":${entry('F32', '[1]', ...a)},"b":${entry('F32', '[1]', ...b)}}`, length)
    await rejects(fileOf(`{"a":${entry('F32', '[1]', 4, 8)}}`, 8), /begins at 4, but the one before it ends at 0/)
    await rejects(two([0, 4], [0, 4], 4), /begins at 0, but the one before it ends at 4/)
    await rejects(two([0, 4], [2, 6], 6), /begins at 2, but the one before it ends at 4/)
    await rejects(two([0, 4], [8, 12], 12), /begins at 8, but the one before it ends at 4/)
    await rejects(two([0, 4], [4, 8], 9), /take 8 bytes, but 9 follow/)
    await rejects(two([0, 4], [4, 8], 7), /take 8 bytes, but 7 follow/)
    await rejects(fileOf('{}', 1), /take 0 bytes, but 1 follow/)
    await writeFile(path, two([4, 8], [0, 4], 8))
    assert.deepEqual(Object.keys((await readSafetensors(path)).tensors), ['b', 'a'])
    await writeFile(path, fileOf('{}', 0))
    assert.deepEqual(Object.keys((await readSafetensors(path)).tensors), [])
  })

  it('refuses what is no regular file', async () => {
    await mkdir(path)
    await assert.rejects(readSafetensors(path), { code: 'ERR_FILE_READ', path, message: `${path}: is not a regular file` })
    await assert.rejects(readSafetensors(join(folder, 'nothing')), { code: 'ERR_FILE_NOT_FOUND', message: /nothing: does not exist/ })
    const pipe = join(folder, 'pipe')
    if (spawnSync('mkfifo', [pipe]).status === 0)
      await assert.rejects(readSafetensors(pipe), { code: 'ERR_FILE_READ', message: /not a regular file/ })
  })

  it('tensors and strings may have any name', async () => {
    const odd = Object.create(null) as Tensors
    const names = ['__proto__', 'constructor', '10', '9', '', 'ü"\\\n\u2028', 'toString']
    for (const [i, name] of names.entries()) odd[name] = { data: Uint8Array.of(i), shape: [1] }
    const strings = Object.create(null) as Record<string, string>
    strings['__proto__'] = 'text'
    await writeSafetensors(path, odd, strings)
    const { tensors, metadata } = await readSafetensors(path)
    assert.deepEqual(Object.keys(tensors).sort(), [...names].sort())
    for (const [i, name] of names.entries()) assert.deepEqual(tensors[name], { data: Uint8Array.of(i), shape: [1] })
    assert.deepEqual(Object.entries(metadata), [['__proto__', 'text']])
    assert.equal(({} as Record<string, unknown>)['data'], undefined)
  })

  it('does not write what the format cannot hold, and leaves what stood there', async () => {
    await writeSafetensors(path, sampleTensors)
    const before = await readFile(path)
    await assert.rejects(writeSafetensors(path, { w: { data: new Float32Array(5), shape: [2, 3] } }), { name: 'RangeError', message: /`w\.shape`/ })
    await assert.rejects(writeSafetensors(path, { __metadata__: { data: new Uint8Array(1), shape: [1] } }), RangeError)
    await assert.rejects(writeSafetensors(path, { w: { data: new Int16Array(1) as unknown as Int32Array, shape: [1] } }), {
      name: 'TypeError',
      message: /`w`/
    })
    assert.deepEqual(await readFile(path), before)
    assert.deepEqual(await readdir(folder), ['x.safetensors'])
  })

  it('takes its temporary file away when it cannot replace', async () => {
    await mkdir(join(path, 'not-empty'), { recursive: true })
    await assert.rejects(writeSafetensors(path, sampleTensors))
    assert.deepEqual(await readdir(folder), ['x.safetensors'])
  })
})
