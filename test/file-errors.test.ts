/** Files that cannot be had, for everything that reads some: missing, not to be read, too large; each with its own code. */

import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { openItems, readCsv, readData, readIdx, readImages, readLabels, readNpy, writeNpy } from '../src/data/index.js'
import { systemError } from '../src/file-errors.js'
import { loadModelFolder, readRecording, readSafetensors } from '../src/model-file/index.js'
import { OnnxModel } from '../src/onnx/index.js'

const folderReaders: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['readImages', readImages],
  ['readData of a folder', readData]
]
const fileReaders: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['readIdx', readIdx],
  ['readNpy', readNpy],
  ['readCsv', readCsv],
  ['readSafetensors', readSafetensors],
  ['OnnxModel.load', path => OnnxModel.load(path)]
]
const byPath: typeof fileReaders = [
  ['readData', readData],
  ['readLabels', readLabels]
]

describe('a file that cannot be had', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-files-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  for (const [name, read] of [...fileReaders, ...byPath, ...folderReaders]) {
    it(`${name}: one that is missing is ERR_FILE_NOT_FOUND`, async () => {
      for (const path of [join(folder, 'none'), join(folder, 'none', 'deeper')])
        await assert.rejects(read(path), (error: Error & { cause?: { code?: string } }) => {
          assert.deepEqual([(error as { code?: string }).code, (error as { path?: string }).path], ['ERR_FILE_NOT_FOUND', path], error.stack)
          assert.ok(error.message.startsWith(`${path}: `), error.message)
          assert.equal(error.cause?.code, 'ENOENT')
          return true
        })
    })
  }

  for (const [name, read] of fileReaders) {
    it(`${name}: a folder in its place is ERR_FILE_READ`, () => assert.rejects(read(folder), { code: 'ERR_FILE_READ', path: folder }))
  }

  /** As a user who may read nothing that is not for everybody; the tests may run as root, who may read all. */
  async function unprivileged(work: () => Promise<void>): Promise<void> {
    if (process.getuid?.() !== 0) return work()
    process.seteuid!(65534)
    try {
      await work()
    } finally {
      process.seteuid!(0)
    }
  }

  it('one without permission is ERR_FILE_READ, and the message says what to do', async function () {
    if (process.platform === 'win32') this.skip()
    await chmod(folder, 0o755)
    const file = join(folder, 'config.json')
    const inside = join(folder, 'inside')
    await writeFile(file, '')
    await writeFile(join(folder, 'recording.safetensors'), '')
    await mkdir(inside)
    for (const path of [file, join(folder, 'recording.safetensors'), inside]) await chmod(path, 0)
    const refused = (path: string) => ({ code: 'ERR_FILE_READ', path, message: /no right to read it\. Give its user the right/ })
    await unprivileged(async () => {
      for (const [, read] of [...fileReaders, ...byPath]) await assert.rejects(read(file), refused(file))
      for (const [, read] of folderReaders) {
        await assert.rejects(read(inside), refused(inside))
        // A folder of classes, one of which may not be read.
        await assert.rejects(read(folder), refused(inside))
      }
      await assert.rejects(loadModelFolder(folder), refused(file))
      await assert.rejects(readRecording(folder), refused(join(folder, 'recording.safetensors')))
      await assert.rejects(readRecording(inside), refused(join(inside, 'recording.safetensors')))
    })
    await chmod(inside, 0o755)
  })

  it('one that is too large to be held whole is ERR_FILE_READ, with its size', async () => {
    const path = join(folder, 'large')
    await writeFile(path, '')
    const requiredBytes = 2 ** 31
    await truncate(path, requiredBytes)
    await assert.rejects(OnnxModel.load(path), {
      ...{ code: 'ERR_FILE_READ', path, requiredBytes },
      message: /more than the 2147483647 of an \.onnx file/
    })
  })

  it('data have no such limit', async () => {
    const path = join(folder, 'large.npy')
    await writeNpy(path, { data: new Uint8Array(0), shape: [5e9, 1] })
    const { size: offset } = await stat(path)
    await truncate(path, offset + 5e9)
    await assert.rejects(openItems(path), { name: 'RangeError', message: /Expected at most 2147483647 items for `data`/ })
    await writeNpy(path, { data: new Uint8Array(0), shape: [1000, 5e6] })
    await truncate(path, offset + 5e9)
    assert.deepEqual(await openItems(path), { files: [{ path, offset, items: 1000 }], type: 'uint8', shape: [1000, 5e6] })
  })

  it('a disk that fails, and what else the system says, is ERR_FILE_READ', () => {
    const failure = (code: string): Error => Object.assign(new Error(`${code}: words, read`), { code })
    for (const [code, message] of [
      ['EIO', /^a: its disk or network drive failed \(EIO\)\. Try again/],
      ['EMFILE', /^a: too many files are open in this process\. Close some/],
      ['ELOOP', /^a: cannot be read \(ELOOP: words, read\)$/]
    ] as const) {
      const error = systemError('a', failure(code))
      assert.deepEqual([error.code, error.path, (error.cause as { code: string }).code], ['ERR_FILE_READ', 'a', code])
      assert.match(error.message, message)
    }
  })

  it('the message says what a relative path begins from', async () => {
    const path = relative(process.cwd(), join(folder, 'none'))
    await assert.rejects(readData(path), {
      message: `${path}: there is no such file or folder, and no bundled data of this name (mnist-test); a relative path begins at ${process.cwd()}`
    })
  })
})
