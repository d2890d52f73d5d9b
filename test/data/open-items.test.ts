/** Items from every kind of source, in memory and in files: the same numbers, the same errors. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { PNG } from 'pngjs'
import {
  type Batch,
  type DataInput,
  type Dataset,
  type FileDataset,
  type Items,
  inFiles,
  openItems,
  type ReadOptions,
  readData,
  readLabels,
  toDataset,
  writeNpy
} from '../../src/data/index.js'
import { slice } from '../../src/data/items.js'

describe('items from everywhere', () => {
  let folder: string
  let cache: string
  const cacheBefore = process.env.DEEP_CLUSTERING_CACHE

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-items-'))
    cache = join(folder, 'cache')
    process.env.DEEP_CLUSTERING_CACHE = cache
  })
  afterEach(() => rm(folder, { recursive: true }))
  after(() => {
    if (cacheBefore === undefined) delete process.env.DEEP_CLUSTERING_CACHE
    else process.env.DEEP_CLUSTERING_CACHE = cacheBefore
  })

  async function file(name: string, content: Uint8Array | string): Promise<string> {
    const path = join(folder, name)
    await writeFile(path, content)
    return path
  }

  const spools = (): Promise<string[]> => readdir(join(cache, 'spool')).catch(() => [])

  /** An NPY file of a type, by the bytes of its numbers. */
  function npy(descr: string, shape: readonly number[], body: Uint8Array, fortran = false): Buffer {
    const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')},), }\n`
    const start = Buffer.alloc(10)
    start.write('\x93NUMPY', 'latin1')
    start[6] = 1
    start.writeUInt16LE(text.length, 8)
    return Buffer.concat([start, Buffer.from(text), body])
  }

  function idx(type: number, shape: readonly number[], body: Uint8Array): Buffer {
    const header = Buffer.alloc(4 + 4 * shape.length)
    header[2] = type
    header[3] = shape.length
    shape.forEach((side, i) => header.writeUInt32BE(side, 4 + 4 * i))
    return Buffer.concat([header, body])
  }

  const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

  /** Numbers that are exact in every type. */
  const numbers = (length: number): number[] => Array.from({ length }, (_, i) => (i * 37) % 120)

  /** Items by `input` in memory, and forced into files: equal. */
  async function both(input: () => DataInput): Promise<{ readonly resident: Dataset; readonly stored: FileDataset }> {
    const resident = await openItems(input())
    assert.ok(!inFiles(resident))
    const stored = await openItems(input(), { memory: 0 })
    assert.ok(inFiles(stored))
    assert.deepEqual(await toDataset(stored), resident)
    assert.equal(
      stored.files.reduce((n, { items }) => n + items, 0),
      stored.shape[0]
    )
    return { resident, stored }
  }

  /** Refused alike on both paths. */
  async function refusedAlike(input: () => DataInput, error: object): Promise<void> {
    await assert.rejects(openItems(input()), error)
    await assert.rejects(openItems(input(), { memory: 0 }), error)
    assert.deepEqual(await spools(), [])
  }

  describe('items of large files', () => {
    const inPlace: [string, string, ArrayBufferView, FileDataset['type']][] = [
      ['float32', '<f4', Float32Array.from(numbers(12)), 'float32'],
      ['float16', '<f2', Uint16Array.from([0x3c00, 0x4000, 0xc000, 0x3555, 0x7bff, 0x0001, 0, 0x8000, 0x3800, 1, 2, 3]), 'float16'],
      ['uint8', '|u1', Uint8Array.from(numbers(12)), 'uint8'],
      ['bool', '|b1', Uint8Array.from([1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0]), 'uint8'],
      ['int8', '|i1', Int8Array.from(numbers(12), value => value - 60), 'int8']
    ]
    for (const [name, descr, data, type] of inPlace) {
      it(`NPY of ${name} stay where they are`, async () => {
        const path = await file('a.npy', npy(descr, [4, 3], bytesOf(data)))
        const { resident, stored } = await both(() => path)
        assert.deepEqual([stored.type, stored.shape, stored.files.map(part => part.path)], [type, [4, 3], [path]])
        assert.equal(stored.files[0]!.offset, (await stat(path)).size - data.byteLength)
        assert.equal(resident.data instanceof Uint8Array, type === 'uint8')
        assert.deepEqual(await spools(), [])
      })
    }

    it('IDX of bytes stay where they are, unless they are packed', async () => {
      const bytes = idx(8, [3, 2, 2], Uint8Array.from(numbers(12)))
      const path = await file('a.idx', bytes)
      const { stored } = await both(() => path)
      assert.deepEqual(stored.files, [{ path, offset: 16, items: 3 }])
      const packed = await file('a.idx.gz', gzipSync(bytes))
      assert.deepEqual(await toDataset((await both(() => packed)).stored), await readData(path))
      assert.equal((await spools()).length, 1)
    })

    it('other byte orders, memory orders and types are written to a file in the cache', async () => {
      const big = Buffer.from(bytesOf(Float32Array.from(numbers(12)))).swap32()
      const doubles = Float64Array.from(numbers(12))
      const longs = BigInt64Array.from(numbers(12), value => BigInt(value - 60))
      const columns = Uint8Array.from([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
      const cases: [Buffer, readonly number[]][] = [
        [npy('>f4', [4, 3], big), numbers(12)],
        [npy('<f8', [4, 3], bytesOf(doubles)), numbers(12)],
        [npy('<i8', [4, 3], bytesOf(longs)), numbers(12).map(value => value - 60)],
        [npy('|u1', [4, 3], columns, true), Array.from({ length: 12 }, (_, i) => i)],
        [idx(0x0d, [4, 3], big), numbers(12)]
      ]
      for (const [i, [content, expected]] of cases.entries()) {
        const path = await file(`${i}`, content)
        const { resident, stored } = await both(() => path)
        assert.deepEqual([...resident.data], expected)
        assert.ok(stored.files[0]!.path.startsWith(cache))
      }
      assert.equal((await spools()).length, cases.length)
    })

    it('column-major arrays of any rank are turned, also in pieces', async () => {
      // Larger than what is turned at once.
      const [n, height, width] = [300_000, 5, 7]
      const columns = new Float32Array(n * height * width)
      for (let i = 0; i < n; ++i)
        for (let y = 0; y < height; ++y) for (let x = 0; x < width; ++x) columns[i + n * (y + height * x)] = (i * 35 + y * 7 + x) % 65536
      const path = await file('a.npy', npy('<f4', [n, height, width], bytesOf(columns), true))
      const { data, shape } = await readData(path)
      assert.deepEqual(shape, [n, height, width])
      assert.equal(
        data.findIndex((value, i) => value !== i % 65536),
        -1
      )
    })

    it('a spool is found again, and made anew when its source has changed', async () => {
      const path = await file('a.csv', '1,2\n3,4\n')
      const events: string[] = []
      const options: ReadOptions = { memory: 0, onProgress: event => events.push(event.to) }
      const first = (await openItems(path, options)) as FileDataset
      assert.ok(events.includes('file'))
      events.length = 0
      assert.deepEqual(await openItems(path, options), first)
      assert.deepEqual(events, [])
      // Found for memory too.
      assert.deepEqual((await toDataset((await openItems(path)) as Dataset)).data, Float32Array.of(1, 2, 3, 4))
      await writeFile(path, '5,6\n')
      await utimes(path, new Date(), new Date(Date.now() + 5000))
      assert.deepEqual([...(await toDataset(await openItems(path, options))).data], [5, 6])
      assert.equal((await spools()).length, 1)
    })

    it('a damaged spool is none', async () => {
      const path = await file('a.csv', '1,2\n3,4\n')
      const { files } = (await openItems(path, { memory: 0 })) as FileDataset
      await writeFile(files[0]!.path, 'short')
      assert.deepEqual([...(await toDataset(await openItems(path, { memory: 0 }))).data], [1, 2, 3, 4])
    })

    it('what dead processes left half-written is removed', async () => {
      await openItems(await file('a.csv', '1,2\n'), { memory: 0 })
      const { hostname } = await import('node:os')
      const left = join(cache, 'spool', `left.${hostname()}.999999999.part`)
      const others = join(cache, 'spool', 'left.elsewhere.999999999.part')
      await writeFile(left, 'x')
      await writeFile(others, 'x')
      await openItems(await file('b.csv', '1,2\n'), { memory: 0 })
      const names = (await spools()).map(name => join(cache, 'spool', name))
      assert.deepEqual([names.includes(left), names.includes(others), names.length], [false, true, 3])
    })

    it('one that cannot be written is ERR_FILE_WRITE, with its path', async () => {
      await writeFile(cache, 'a file where the folder should be')
      await assert.rejects(openItems(await file('a.csv', '1,2\n'), { memory: 0 }), { code: 'ERR_FILE_WRITE', message: /cannot be written/ })
    })
  })

  describe('CSV of items', () => {
    it('in memory and in a file, with its header', async () => {
      const path = await file('a.csv', 'x,y\n1,2\n-3.5,4e2\n')
      const { stored } = await both(() => path)
      assert.deepEqual([stored.features, stored.type, stored.shape], [['x', 'y'], 'float32', [2, 2]])
    })

    it('every number is what Number makes of its text, rounded to a float', async () => {
      let state = 1
      const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647
      const cells: string[] = ['0', '-0', '+5', '.5', '5.', '1e-3', '1E+3', ' 7 ', '"8"', '0x10', '1e-30', '1e38', '1e-50', '3.4028234663852886e38']
      cells.push('0.1234567890123456789', '123456789012345678901234567890', '16777217', '16777216.99999999999999999', '1.00000005960464477539')
      for (let i = 0; i < 20_000; ++i) {
        const value = (random() - 0.5) * 10 ** Math.floor(random() * 12 - 6)
        cells.push(i % 4 === 0 ? String(value) : i % 4 === 1 ? value.toFixed(7) : i % 4 === 2 ? value.toExponential(17) : String(Math.fround(value)))
      }
      while (cells.length % 10 !== 0) cells.push('1')
      const rows = Array.from({ length: cells.length / 10 }, (_, i) => cells.slice(10 * i, 10 * i + 10).join(';\t,'[i % 3]))
      const { data } = await readData(await file('a.csv', rows.join('\r\n')))
      const expected = Float32Array.from(cells, cell => Number(cell.replaceAll('"', '')))
      const wrong = expected.findIndex((value, i) => !Object.is(value, data[i]))
      assert.equal(wrong, -1, `${cells[wrong]} became ${data[wrong]}, not ${expected[wrong]}`)
    })

    it('rows are whole across the pieces that are read, whatever ends them', async () => {
      const line = (i: number): string => Array.from({ length: 7 }, (_, j) => (i * 7 + j) % 100_000).join(',')
      for (const end of ['\n', '\r\n', '\r', '\n\n']) {
        const rows = Array.from({ length: 60_000 }, (_, i) => line(i))
        const { data, shape } = await readData(await file('a.csv', `\ufeff${rows.join(end)}`))
        assert.deepEqual(shape, [60_000, 7])
        assert.equal(
          data.findIndex((value, i) => value !== i % 100_000),
          -1
        )
      }
    })

    it('a row may be longer than a piece', async () => {
      const cells = numbers(400_000)
      const path = await file('a.csv', `${cells.join(',')}\n${cells.join(',')}\n`)
      assert.deepEqual([...(await readData(path)).data], [...cells, ...cells])
    })

    it('quoted cells may hold separators, quotes and line ends; errors name the line of the file', async () => {
      const header = '"a, ""b""","c\nd"\n'
      assert.deepEqual((await readData(await file('a.csv', `${header}1,"2"\n`))).features, ['a, "b"', 'c\nd'])
      const refused = (message: RegExp) => ({ code: 'ERR_FILE_FORMAT', message })
      await refusedAlike(() => join(folder, 'b.csv'), { code: 'ERR_FILE_NOT_FOUND' })
      for (const [content, message] of [
        [`${header}\n1,2\nthree,4\n`, /line 5, column 1 is "three", not a finite number/],
        ['1,2\n3\n', /line 2 has 1 columns, the first has 2/],
        ['1,2\n3,4,5\n', /line 2 has 3 columns, the first has 2/],
        ['1,2\n3,Infinity\n', /line 2, column 2 is "Infinity"/],
        ['1,2\n3,"4\n', /is not a CSV file: line 2 has a quote that is not closed/],
        ['1,2\n"3"x,4\n', /is not a CSV file: line 2 has text after a closed quote/],
        ['', /is empty/]
      ] as const) {
        const path = await file('b.csv', content)
        await refusedAlike(() => path, refused(message))
      }
    })

    it('a large one is read by a thread, and so are its errors', async () => {
      const rows = Array.from({ length: 150_000 }, (_, i) => `${i},${i + 1}`)
      const path = await file('a.csv', rows.join('\n'))
      const { resident } = await both(() => path)
      assert.deepEqual([resident.shape, resident.data[299_999]], [[150_000, 2], 150_000])
      const broken = await file('b.csv', [...rows, 'x,1'].join('\n'))
      await assert.rejects(openItems(broken, { memory: 0 }), {
        ...{ name: 'DeepClusteringError', code: 'ERR_FILE_FORMAT', path: broken },
        message: /line 150001, column 1 is "x"/
      })
    })
  })

  describe('folders of images', () => {
    const png = (pixel: number, colorType: 0 | 2, blue = pixel): Buffer => {
      const image = new PNG({ width: 3, height: 2 })
      for (let i = 0; i < 24; i += 4) image.data.set([pixel, pixel, blue, 255], i)
      return PNG.sync.write(image, { colorType })
    }

    it('in memory and in a file; grey where every pixel is, whatever the files say of themselves', async () => {
      const images = join(folder, 'images')
      await mkdir(images)
      await writeFile(join(images, 'a.png'), png(7, 0))
      await writeFile(join(images, 'b.png'), png(9, 2))
      assert.deepEqual((await both(() => images)).resident.shape, [2, 2, 3])
      await writeFile(join(images, 'c.png'), png(9, 2, 10))
      assert.deepEqual((await both(() => images)).stored.shape, [3, 3, 2, 3])
      await writeFile(join(images, 'd.png'), png(9, 2).subarray(0, 60))
      await assert.rejects(openItems(images, { memory: 0 }), { code: 'ERR_FILE_FORMAT', message: /d\.png: is not an image/ })
    })
  })

  describe('several files', () => {
    const shard = async (name: string, first: number, width = 2): Promise<string> => {
      await mkdir(join(folder, 'shards'), { recursive: true })
      const path = join(folder, 'shards', name)
      await writeNpy(path, { data: Float32Array.from({ length: 3 * width }, (_, i) => first + i), shape: [3, width] })
      return path
    }

    it('are one dataset: a list, a folder, a glob', async () => {
      const paths = [await shard('a.npy', 0), await shard('b.npy', 6), await shard('c.npy', 12)]
      const expected = Float32Array.from({ length: 18 }, (_, i) => i)
      for (const input of [paths, join(folder, 'shards'), join(folder, 'shards', '*.npy'), join(folder, '**', '[abc].npy')]) {
        const { resident, stored } = await both(() => input)
        assert.deepEqual([resident.data, resident.shape], [expected, [9, 2]])
        assert.deepEqual(
          stored.files.map(part => [part.path, part.items]),
          paths.map(path => [path, 3])
        )
      }
      assert.deepEqual((await openItems([paths[2]!, paths[0]!])).shape, [6, 2])
    })

    it('of different formats are spooled', async () => {
      const paths = [await shard('a.npy', 0), await file('b.csv', '6,7\n')]
      const { resident } = await both(() => paths)
      assert.deepEqual([...resident.data], [0, 1, 2, 3, 4, 5, 6, 7])
      assert.equal((await spools()).length, 1)
    })

    it('must agree: the error names the first that does not', async () => {
      const paths = [await shard('a.npy', 0), await shard('b.npy', 6), await shard('c.npy', 12, 3), await shard('d.npy', 12, 4)]
      await refusedAlike(() => paths, {
        code: 'ERR_FILE_FORMAT',
        message: /c\.npy: has items \[3\] of float32, but .*a\.npy has items \[2\] of float32/
      })
      const bytes = await file('bytes.npy', npy('|u1', [1, 2], Uint8Array.of(1, 2)))
      await refusedAlike(() => [paths[0]!, bytes], { code: 'ERR_FILE_FORMAT', message: /bytes\.npy: has items \[2\] of uint8/ })
    })

    it('a glob that nothing is named by, an empty folder and one of several kinds say so', async () => {
      await assert.rejects(openItems(join(folder, '*.npy')), { code: 'ERR_FILE_NOT_FOUND', message: /no file is named so/ })
      await assert.rejects(openItems([]), { name: 'RangeError', message: /at least one row/ })
      await shard('a.npy', 0)
      await writeFile(join(folder, 'shards', 'b.csv'), '1,2\n')
      await assert.rejects(openItems(join(folder, 'shards')), { code: 'ERR_FILE_FORMAT', message: /files of several kinds in it \(\.npy, \.csv\)/ })
    })

    it('of labels are one list; words keep their numbers', async () => {
      const words = [await file('a.csv', 'cat\ndog\n'), await file('b.csv', 'dog\nbird\n')]
      assert.deepEqual(await readLabels(words), { labels: Int32Array.of(0, 1, 1, 2), names: ['cat', 'dog', 'bird'] })
      const integers = [await file('c.csv', '3\n1\n'), await file('d.csv', '2\n')]
      assert.deepEqual(await readLabels(integers), { labels: Int32Array.of(3, 1, 2) })
      await assert.rejects(readLabels([...integers, ...words]), { code: 'ERR_FILE_FORMAT', message: /a\.csv: Expected integers/ })
    })
  })

  it('a file that was written for items is there as long as anyone holds a slice of them', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const settle = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        collectGarbage()
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }
    const held: { part?: Items } = {}
    const open = async (): Promise<void> => {
      const rows = Array.from({ length: 20 }, (_, i) => [i, i + 1])
      held.part = slice(await openItems(rows, { memory: 0 }), 5, 8)
    }
    await open()
    await settle()
    assert.deepEqual([...(await toDataset(held.part!)).data], [5, 6, 6, 7, 7, 8])
    delete held.part
    await settle()
    assert.deepEqual(await spools(), [])
  })

  describe('batches that come one after another', () => {
    async function* batches(...all: readonly Batch[]): AsyncGenerator<Batch, void, void> {
      yield* all
    }

    it('are one dataset: with a shape, as rows; the array may be used again', async () => {
      const { resident } = await both(() =>
        batches({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }, [[5, 6]], [Float32Array.of(7, 8), Float32Array.of(9, 10)])
      )
      assert.deepEqual(
        [[...resident.data], resident.shape],
        [
          [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
          [5, 2]
        ]
      )
      async function* reused(): AsyncGenerator<Batch, void, void> {
        const data = new Uint8Array(4)
        for (let i = 0; i < 3; ++i) yield { data: data.fill(i), shape: [1, 2, 2] }
      }
      const bytes = await both(reused)
      assert.deepEqual([[...bytes.resident.data], bytes.stored.type], [[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], 'uint8'])
    })

    it('their file is no one else’s, and goes when nobody holds it', async () => {
      const stored = (await openItems(batches([[1, 2]]), { memory: 0 })) as FileDataset
      assert.deepEqual([...(await toDataset(stored)).data], [1, 2])
      assert.match((await spools())[0]!, /\.part$/)
      assert.equal((await stat(stored.files[0]!.path)).mode & 0o077, 0)
    })

    it('refuses what does not fit, and ends the source', async () => {
      let ended = 0
      async function* ending(...all: readonly Batch[]): AsyncGenerator<Batch, void, void> {
        try {
          yield* all
        } finally {
          ended++
        }
      }
      await refusedAlike(() => ending([[1, 2]], [[1, 2, 3]]), { name: 'RangeError', message: /for `batch 1` but received \[3\]/ })
      await refusedAlike(() => ending([[1, 2]], [Uint8Array.of(1, 2)]), { name: 'RangeError', message: /as in the first batch/ })
      await refusedAlike(() => ending([[1, 2]], [[1, NaN]]), { name: 'RangeError', message: /`data\[1\]\[1\]` but received NaN/ })
      await refusedAlike(() => ending([[1, 2]], 7 as never), { name: 'TypeError', message: /for `batch 1`/ })
      await refusedAlike(() => batches(), { name: 'RangeError', message: /at least one batch/ })
      assert.equal(ended, 8)
    })
  })

  describe('what stops reading', () => {
    const large = async (): Promise<string> => {
      const rows = Array.from({ length: 200_000 }, (_, i) => `${i},${i + 1}`)
      return file('large.csv', rows.join('\n'))
    }

    it('an aborted signal, at once and with nothing left behind', async () => {
      const path = await large()
      const doubles = await file('a.npy', npy('<f8', [500_000, 4], new Uint8Array(16_000_000)))
      const rows = Array.from({ length: 100_000 }, () => new Float32Array(40))
      for (const input of [path, doubles, rows]) {
        for (const memory of [0, 2 ** 30]) {
          const stop = new AbortController()
          const reason = new Error('enough')
          const reading = openItems(input, { memory, signal: stop.signal, onProgress: () => stop.abort(reason) })
          await assert.rejects(reading, reason)
          assert.deepEqual(await spools(), [])
        }
      }
      await assert.rejects(openItems(path, { signal: AbortSignal.abort() }), { name: 'AbortError' })
    })

    it('numbers that are not finite, on both paths alike', async () => {
      const data = new Float64Array(600_000).fill(1)
      data[400_001] = NaN
      const path = await file('a.npy', npy('<f8', [200_000, 3], bytesOf(data)))
      await refusedAlike(() => path, { name: 'RangeError', message: /`data\[133333\]\[2\]` but received NaN/ })
    })

    it('files that are not what their headers say, on both paths alike', async () => {
      const short = await file('a.npy', npy('<f4', [4, 3], new Uint8Array(40)))
      await refusedAlike(() => short, { code: 'ERR_FILE_FORMAT', message: /takes 48 bytes, but has 40/ })
      const flat = await file('b.npy', npy('<f4', [4], new Uint8Array(16)))
      await refusedAlike(() => flat, { code: 'ERR_FILE_FORMAT', message: /has the shape \[4\]/ })
      const packed = gzipSync(
        idx(
          8,
          [100, 100],
          Uint8Array.from({ length: 10_000 }, (_, i) => i * i)
        )
      )
      const cut = await file('c.gz', packed.subarray(0, packed.length - 20))
      await refusedAlike(() => cut, { code: 'ERR_FILE_FORMAT', message: /is not a whole gzip file/ })
    })

    it('options that are not right', async () => {
      await assert.rejects(openItems('mnist-test', { memory: -1 }), { message: 'Expected a number of bytes from 0 for `memory` but received -1' })
      await assert.rejects(openItems('mnist-test', { memory: '1' as never }), TypeError)
      await assert.rejects(openItems('mnist-test', { signal: 5 as never }), TypeError)
    })

    it('datasets in files that are none', async () => {
      const path = await file('a', new Uint8Array(20))
      const good: FileDataset = { files: [{ path, offset: 4, items: 2 }], type: 'float32', shape: [2, 2] }
      assert.deepEqual(await openItems(good), good)
      assert.deepEqual((await toDataset(good)).data, new Float32Array(4))
      await assert.rejects(openItems({ ...good, shape: [3, 2] }), { name: 'RangeError', message: /Expected 2 items/ })
      await assert.rejects(openItems({ ...good, files: [{ path, offset: 5, items: 2 }] }), { code: 'ERR_FILE_FORMAT', message: /end at 21/ })
      await assert.rejects(openItems({ ...good, files: [{ path: 'a', offset: 0, items: 2 }] }), { message: /Expected an absolute path/ })
      await assert.rejects(openItems({ ...good, type: 'float64' as never }), TypeError)
    })
  })

  describe('a process of its own', () => {
    const run = promisify(execFile)
    const data = JSON.stringify(new URL('../../src/data/index.js', import.meta.url).href)

    /** What code prints that has `openItems`, after a limit of the shell. */
    async function printed(code: string, limit = 'true'): Promise<string> {
      const script = `import { openItems } from ${data}\n${code}`
      const { stdout } = await run('sh', ['-c', `${limit}; exec "$0" --expose-gc --input-type=module -e "$1"`, process.execPath, script])
      return stdout
    }

    before(function () {
      if (process.platform === 'win32') this.skip()
    })

    it('removes at its end what was its own', async () => {
      const names = await printed(
        "import { readdirSync } from 'node:fs'\nglobalThis.held = await openItems([[1, 2]], { memory: 0 })\n" +
          `console.log(readdirSync(${JSON.stringify(join(cache, 'spool'))}).length)`
      )
      assert.equal(names, '1\n')
      assert.deepEqual(await spools(), [])
    })

    it('removes what nobody holds any more', async () => {
      const left = await printed(
        "import { readdirSync } from 'node:fs'\nawait openItems([[1, 2]], { memory: 0 })\n" +
          `const names = () => readdirSync(${JSON.stringify(join(cache, 'spool'))})\n` +
          'for (let i = 0; i < 100 && names().length > 0; i += 1) { gc(); await new Promise(done => setTimeout(done, 10)) }\nconsole.log(names().length)'
      )
      assert.equal(left, '0\n')
    })

    it('that may write no more says so, and leaves nothing behind', async () => {
      // As a full disk, a limit on the size of files ends the writing in the middle.
      const path = await file('a.npy', npy('<f8', [500_000, 4], new Uint8Array(16_000_000)))
      const thrown = await printed(
        `await openItems(${JSON.stringify(path)}, { memory: 0 }).catch(({ code, path, message }) => console.log(JSON.stringify({ code, path, message })))`,
        'ulimit -f 4000'
      )
      const { code, path: place, message } = JSON.parse(thrown) as { code: string; path: string; message: string }
      assert.equal(code, 'ERR_FILE_WRITE')
      assert.ok(place.startsWith(join(cache, 'spool')) && message.includes(place), message)
      assert.deepEqual(await spools(), [])
    })
  })

  describe('while it is read', () => {
    /** How often the event loop turned. */
    async function turnsOf(work: () => Promise<unknown>): Promise<number> {
      let turns = 0
      let running = true
      const count = (): void => {
        turns++
        if (running) setImmediate(count)
      }
      setImmediate(count)
      await work()
      running = false
      return turns
    }

    it('the event loop turns again and again, whatever is read', async () => {
      const floats = new Float32Array(16 * 2 ** 20)
      const doubles = await file('a.npy', npy('>f8', [2 ** 19, 16], new Uint8Array(2 ** 26)))
      const columns = await file('b.npy', npy('<f4', [2 ** 20, 16], bytesOf(floats), true))
      const rows = Array.from({ length: 2 ** 17 }, () => new Float32Array(64))
      const csv = await file('a.csv', '1.25,2.5,3.75,0.1\n'.repeat(2 ** 19))
      const labels = await file('labels.csv', '3\n'.repeat(2 ** 19))
      for (const work of [
        () => toDataset({ data: floats, shape: [2 ** 20, 16] }),
        () => openItems(doubles),
        () => openItems(columns, { memory: 0 }),
        () => openItems(rows),
        () => openItems(csv),
        () => readLabels(labels)
      ])
        assert.ok((await turnsOf(work)) >= 8, String(work))
    })

    it('progress tells how many items there are, and where they go', async () => {
      const path = await file('a.npy', npy('<f8', [500_000, 4], new Uint8Array(16_000_000)))
      for (const [memory, to] of [
        [0, 'file'],
        [2 ** 30, 'memory']
      ] as const) {
        const events: { items: number; share?: number; to: string }[] = []
        await openItems(path, { memory, onProgress: event => events.push(event) })
        assert.deepEqual(events.at(-1)!.items, 500_000)
        assert.ok(events.every((event, i) => event.to === to && event.share! > (events[i - 1]?.share ?? 0)))
      }
    })
  })
})
