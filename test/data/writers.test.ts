import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NpyBlock, readCsv, readNpy, writeCsv, writeNpy } from '../../src/data/index.js'

describe('files that are written in blocks', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const all = { data: Float32Array.from({ length: 35 * 6 }, (_, i) => i / 4), shape: [35, 2, 3] }

  async function* blocks(of: NpyBlock = all, rows = 10): AsyncGenerator<NpyBlock> {
    const [n, ...sides] = of.shape as [number, ...number[]]
    const width = of.data.length / n
    for (let from = 0; from < n; from += rows) {
      const to = Math.min(n, from + rows)
      yield { data: of.data.slice(from * width, to * width), shape: [to - from, ...sides] }
    }
  }

  it('NPY reads back as the whole', async () => {
    const path = join(folder, 'a.npy')
    await writeNpy(path, blocks())
    assert.deepEqual(await readNpy(path), all)
    assert.equal((await readFile(path)).indexOf('\n') % 64, 63)
    const labels = { data: Int32Array.from({ length: 25 }, (_, i) => i - 3), shape: [25] }
    await writeNpy(path, blocks(labels))
    assert.deepEqual(await readNpy(path), labels)
    assert.deepEqual(await readdir(folder), ['a.npy'])
  })

  it('CSV reads back as the whole', async () => {
    const path = join(folder, 'a.csv')
    await writeCsv(path, blocks())
    assert.deepEqual(await readCsv(path), { data: all.data, shape: [35, 6] })
  })

  it('a failure leaves what was there, and frees who gives the blocks', async () => {
    for (const [write, name] of [
      [writeNpy, 'a.npy'],
      [writeCsv, 'a.csv']
    ] as const) {
      const path = join(folder, name)
      await write(path, all)
      const before = await readFile(path)
      let freed = 0
      const broken = async function* (): AsyncGenerator<NpyBlock> {
        try {
          yield* blocks()
          throw new Error('broken')
        } finally {
          freed++
        }
      }
      await assert.rejects(write(path, broken()), /broken/)
      assert.deepEqual([await readFile(path), freed], [before, 1])
    }
    assert.deepEqual((await readdir(folder)).sort(), ['a.csv', 'a.npy'])
  })

  it('blocks must fit each other', async () => {
    const path = join(folder, 'a.npy')
    const of = async function* (...list: NpyBlock[]): AsyncGenerator<NpyBlock> {
      yield* list
    }
    const first = { data: new Float32Array(4), shape: [2, 2] }
    await assert.rejects(writeNpy(path, of(first, { data: new Int32Array(4), shape: [2, 2] })), TypeError)
    await assert.rejects(writeNpy(path, of(first, { data: new Float32Array(3), shape: [1, 3] })), RangeError)
    await assert.rejects(writeNpy(path, of()), { name: 'RangeError', message: /at least one block/ })
    assert.deepEqual(await readdir(folder), [])
  })

  it('a link stays a link, and a folder that is not there is an error with the path', async () => {
    const path = join(folder, 'a.npy')
    await writeNpy(path, all)
    await symlink(path, join(folder, 'b.npy'))
    const other = { data: Uint8Array.of(1, 2), shape: [2] }
    await writeNpy(join(folder, 'b.npy'), other)
    assert.equal(await readlink(join(folder, 'b.npy')), path)
    assert.deepEqual(await readNpy(path), other)
    const nowhere = join(folder, 'none', 'a.npy')
    await assert.rejects(writeNpy(nowhere, all), { code: 'ERR_FILE_WRITE', path: nowhere })
  })
})
