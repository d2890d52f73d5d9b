/** Parquet, Arrow and SQL, on files that DuckDB and apache-arrow write. */

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DataInput, type Dataset, type FileDataset, inFiles, openItems, readData, readLabels, toDataset } from '../../src/data/index.js'
import { loadPeer } from '../../src/peers.js'

/** Tests that need a package are skipped where it cannot be loaded: its reason stands in the title. */
async function peer<Module>(name: string): Promise<{ readonly module: Module | undefined; readonly why: string }> {
  try {
    return { module: (await import(name)) as Module, why: '' }
  } catch (error) {
    return { module: undefined, why: ` (${name}: ${(error as Error).message.split('\n')[0]})` }
  }
}

const duckdb = await peer<typeof import('@duckdb/node-api')>('@duckdb/node-api')
const hyparquet = await peer<typeof import('hyparquet')>('hyparquet')
const compressors = await peer('hyparquet-compressors')
const arrow = await peer<typeof import('apache-arrow')>('apache-arrow')

describe('items of optional packages', () => {
  let folder: string
  const cacheBefore = process.env.DEEP_CLUSTERING_CACHE

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-peers-'))
    process.env.DEEP_CLUSTERING_CACHE = join(folder, 'cache')
  })
  afterEach(() => rm(folder, { recursive: true }))
  after(() => {
    if (cacheBefore === undefined) delete process.env.DEEP_CLUSTERING_CACHE
    else process.env.DEEP_CLUSTERING_CACHE = cacheBefore
  })

  /** Runs SQL that writes a file; `FILE` stands for its path. */
  async function written(name: string, sql: string): Promise<string> {
    const path = join(folder, name)
    const instance = await duckdb.module!.DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(sql.replaceAll('FILE', path))
    connection.closeSync()
    instance.closeSync()
    return path
  }

  /** In memory, and forced into a file: equal. */
  async function both(input: () => DataInput): Promise<Dataset> {
    const resident = await openItems(input())
    const stored = await openItems(input(), { memory: 0 })
    assert.ok(!inFiles(resident) && inFiles(stored))
    assert.deepEqual(await toDataset(stored), resident)
    return resident
  }

  async function refusedAlike(input: () => DataInput, error: object): Promise<void> {
    await assert.rejects(openItems(input()), error)
    await assert.rejects(openItems(input(), { memory: 0 }), error)
  }

  const needs = (
    ...peers: readonly { readonly module: unknown; readonly why: string }[]
  ): { readonly run: Mocha.SuiteFunction | Mocha.PendingSuiteFunction; readonly why: string } => {
    const missing = peers.find(({ module }) => module === undefined)
    return missing ? { run: describe.skip, why: missing.why } : { run: describe, why: '' }
  }

  const parquet = needs(duckdb, hyparquet)
  parquet.run(`Parquet${parquet.why}`, () => {
    it('a column of lists, beside which others do not count; groups of rows one after another', async () => {
      const path = await written(
        'a.parquet',
        "COPY (SELECT i AS id, 'n' || i AS name, [i, i + 0.5, -i]::FLOAT[] AS embedding FROM range(0, 5000) t(i)) TO 'FILE' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
      )
      const { data, shape, features } = await both(() => path)
      assert.deepEqual([shape, features], [[5000, 3], undefined])
      assert.ok(Array.from({ length: 5000 }, (_, i) => i).every(i => data[3 * i] === i && data[3 * i + 1] === i + 0.5 && data[3 * i + 2] === -i))
    })

    it('columns of numbers, of whatever type, are features', async () => {
      const path = await written(
        'a.parquet',
        "COPY (SELECT i::INTEGER a, (i * 2)::BIGINT b, (i / 4)::DOUBLE c, (i / 8)::DECIMAL(9, 3) d, (i % 2 = 0) e FROM range(0, 100) t(i)) TO 'FILE' (FORMAT parquet)"
      )
      const { data, shape, features } = await both(() => path)
      assert.deepEqual(
        [shape, features],
        [
          [100, 5],
          ['a', 'b', 'c', 'd', 'e']
        ]
      )
      assert.deepEqual([...data.subarray(15, 20)], [3, 6, 0.75, 0.375, 0])
    })

    it('bytes stay bytes', async () => {
      const path = await written('a.parquet', "COPY (SELECT [i, 255 - i]::UTINYINT[] x FROM range(0, 200) t(i)) TO 'FILE' (FORMAT parquet)")
      const { data } = await both(() => path)
      assert.ok(data instanceof Uint8Array)
      assert.deepEqual([...data.subarray(0, 4)], [0, 255, 1, 254])
    })

    const packed = compressors.module ? it : it.skip
    packed(`other compressions${compressors.why}`, async () => {
      for (const codec of ['zstd', 'gzip', 'lz4_raw']) {
        const path = await written(
          `${codec}.parquet`,
          `COPY (SELECT [i, 7]::DOUBLE[] x FROM range(0, 3000) t(i)) TO 'FILE' (FORMAT parquet, COMPRESSION ${codec})`
        )
        const { data, shape } = await readData(path)
        assert.deepEqual([shape, data[5998], data[5999]], [[3000, 2], 2999, 7])
      }
    })

    it('shards are one dataset, and a spool of them is found again', async () => {
      for (const first of [0, 10]) {
        await written(`${first}.parquet`, `COPY (SELECT [i, i]::FLOAT[] x FROM range(${first}, ${first + 10}) t(i)) TO 'FILE' (FORMAT parquet)`)
      }
      const pattern = join(folder, '*.parquet')
      const { data } = await both(() => pattern)
      assert.deepEqual(
        [...data],
        Array.from({ length: 40 }, (_, i) => i >> 1)
      )
      assert.equal((await readdir(join(folder, 'cache', 'spool'))).length, 1)
    })

    it('refuses what is no table of numbers, or damaged', async () => {
      const copy = (query: string, name: string): Promise<string> => written(name, `COPY (${query}) TO 'FILE' (FORMAT parquet)`)
      const cases: [string, RegExp][] = [
        ["SELECT 1 a, 'x' b", /has columns that are not numbers \("b"\): choose those that are by a SQL query/],
        ["SELECT DATE '2020-01-01' a", /columns that are not numbers \("a"\)/],
        ['SELECT [1.0] a, [2.0] b', /several columns of lists \("a", "b"\)/],
        ['SELECT unnest([[1.0, 2.0], [3.0]]) a', /row 2 has 1 numbers, the first has 2/],
        ['SELECT unnest([1, NULL]) a', /row 2, column "a" is null, not a number/],
        ['SELECT unnest([[1.0], [NULL]]) a', /row 2, column "a" is \[…, null, …\], not a list of numbers/]
      ]
      for (const [i, [query, message]] of cases.entries()) {
        const path = await copy(query, `${i}.parquet`)
        await refusedAlike(() => path, { code: 'ERR_FILE_FORMAT', path, message })
      }
      const whole = await readFile(await copy('SELECT [i, i]::FLOAT[] a FROM range(0, 1000) t(i)', 'whole.parquet'))
      const cut = join(folder, 'cut.parquet')
      await writeFile(cut, whole.subarray(0, whole.length - 9))
      await refusedAlike(() => cut, { code: 'ERR_FILE_FORMAT', path: cut, message: /is not a Parquet file that can be read/ })
      await assert.rejects(readLabels(cut), { code: 'ERR_FILE_FORMAT', message: /by a SQL query: "SELECT label FROM/ })
    })
  })

  const sql = needs(duckdb)
  sql.run(`SQL${sql.why}`, () => {
    it('a query whose answer has one column of lists or arrays', async () => {
      const path = await written(
        'a.parquet',
        "COPY (SELECT i AS id, [i, -i]::FLOAT[] AS embedding FROM range(0, 5000) t(i)) TO 'FILE' (FORMAT parquet)"
      )
      const { data, shape } = await both(() => `SELECT embedding FROM '${path}' WHERE id >= 1000 ORDER BY id DESC`)
      assert.deepEqual([shape, ...data.subarray(0, 4)], [[4000, 2], 4999, -4999, 4998, -4998])
      assert.deepEqual(
        (await both(() => 'FROM (SELECT [i, 2 * i]::UTINYINT[2] a FROM range(0, 9) t(i))')).data,
        Uint8Array.from(Array.from({ length: 9 }, (_, i) => [i, 2 * i]).flat())
      )
    })

    it('or columns of numbers', async () => {
      const query = 'with t as (from range(0, 3000) t(i)) select i a, (i / 2)::decimal(9, 1) b, i::hugeint c from t'
      const { data, shape, features } = await both(() => query)
      assert.deepEqual([shape, features, ...data.subarray(8997)], [[3000, 3], ['a', 'b', 'c'], 2999, 1499.5, 2999])
    })

    it('or labels: integers or words', async () => {
      assert.deepEqual(await readLabels('SELECT i::BIGINT FROM range(3, 6) t(i)'), { labels: Int32Array.of(3, 4, 5) })
      assert.deepEqual(await readLabels("SELECT unnest(['cat', 'dog', 'cat'])"), { labels: Int32Array.of(0, 1, 0), names: ['cat', 'dog'] })
      await assert.rejects(readLabels('SELECT 1, 2'), { code: 'ERR_QUERY', message: /has 2 columns; labels are one/ })
      await assert.rejects(readLabels('SELECT unnest([1, NULL])'), { code: 'ERR_QUERY', message: /no label in row 2/ })
    })

    it('its file is removed with those who hold it', async () => {
      const { files } = (await openItems('SELECT [1.0, 2.0]', { memory: 0 })) as FileDataset
      assert.match(files[0]!.path, /\.part$/)
    })

    it('refuses what DuckDB does, what has no numbers, and more than one query', async () => {
      const cases: [string, RegExp][] = [
        ['SELECT nothing FROM nowhere', /^DuckDB refuses "SELECT nothing FROM nowhere": .*nowhere/],
        ["SELECT 'a' AS word", /^The answer to "SELECT 'a' AS word" has columns that are not numbers \("word"\)/],
        ['SELECT 1 WHERE false', /has no rows/],
        ['SELECT 1; SELECT 2', /it is 2 statements, not one/],
        ['SELECT MAP {1: 2} AS m', /not numbers \("m"\)/]
      ]
      for (const [query, message] of cases) await refusedAlike(() => query, { code: 'ERR_QUERY', message })
      await assert.rejects(openItems(['SELECT 1', 'a.npy']), { name: 'TypeError', message: /Expected one query, or paths,/ })
    })

    it('is stopped by a signal', async () => {
      const stop = new AbortController()
      const reason = new Error('enough')
      setTimeout(() => stop.abort(reason), 300)
      await assert.rejects(openItems('SELECT sum(a.i * b.i) FROM range(0, 1000000) a(i), range(0, 1000000) b(i)', { signal: stop.signal }), reason)
    })
  })

  const tables = needs(arrow)
  tables.run(`Arrow${tables.why}`, () => {
    const vectors = (rows: number, type: 'list' | 'fixed'): import('apache-arrow').Vector => {
      const { Field, FixedSizeList, Float32, List, vectorFromArray } = arrow.module!
      const field = new Field('item', new Float32())
      return vectorFromArray(
        Array.from({ length: rows }, (_, i) => Float32Array.of(i, -i)),
        type === 'list' ? new List(field) : new FixedSizeList(2, field)
      )
    }
    const expected = (rows: number): Float32Array => Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? i / 2 : -(i - 1) / 2))

    it('columns of lists in memory', async () => {
      for (const type of ['list', 'fixed'] as const) assert.deepEqual((await both(() => vectors(100, type))).data, expected(100))
    })

    it('tables in memory: numbers of any type, or the column of lists', async () => {
      const { tableFromArrays, vectorFromArray, Table, Float16, Uint8, List, Field } = arrow.module!
      const numbers = tableFromArrays({ a: Float64Array.of(1, 2, 3), b: Int32Array.of(4, 5, 6), c: BigInt64Array.of(7n, 8n, 9n) })
      assert.deepEqual(await both(() => numbers), { data: Float32Array.of(1, 4, 7, 2, 5, 8, 3, 6, 9), shape: [3, 3], features: ['a', 'b', 'c'] })
      const mixed = new Table({ name: vectorFromArray(['x', 'y']), embedding: vectors(2, 'list') })
      assert.deepEqual((await both(() => mixed)).data, expected(2))
      const halves = vectorFromArray(
        [
          [1, 0.5],
          [-2, 4]
        ],
        new List(new Field('item', new Float16()))
      )
      assert.deepEqual((await both(() => halves)).data, Float32Array.of(1, 0.5, -2, 4))
      const bytes = vectorFromArray(
        [
          [1, 2],
          [3, 255]
        ],
        new List(new Field('item', new Uint8()))
      )
      assert.deepEqual((await both(() => bytes)).data, Uint8Array.of(1, 2, 3, 255))
    })

    it('files and streams in files, of several batches', async () => {
      const { Table, tableToIPC } = arrow.module!
      const first = new Table({ embedding: vectors(3000, 'fixed') })
      const all = first.concat(new Table({ embedding: vectors(10, 'fixed') }))
      for (const [name, kind] of [
        ['a.arrow', 'file'],
        ['a.feather', 'file'],
        ['a.arrows', 'stream']
      ] as const) {
        const path = join(folder, name)
        await writeFile(path, tableToIPC(all, kind))
        const { data, shape } = await both(() => path)
        assert.deepEqual([shape, data], [[3010, 2], Float32Array.from([...expected(3000), ...expected(10)])])
      }
    })

    it('batches may be tables', async () => {
      const { Table } = arrow.module!
      async function* batches() {
        yield new Table({ embedding: vectors(3, 'list') })
        yield [[3, -3]]
      }
      assert.deepEqual((await both(batches)).data, expected(4))
    })

    it('refuses what holds no numbers, null values and damaged files', async () => {
      const { tableFromArrays, vectorFromArray, Float32, Field, List, tableToIPC, Table } = arrow.module!
      const words = tableFromArrays({ a: ['x', 'y'] })
      await refusedAlike(() => words, { name: 'TypeError', message: /has columns that are not numbers \("a"\)/ })
      const nothing = vectorFromArray([1, null], new Float32())
      await refusedAlike(() => nothing, { name: 'TypeError', message: /row 2, column "column" is null/ })
      const holes = vectorFromArray(
        [
          [1, 2],
          [3, null]
        ],
        new List(new Field('item', new Float32(), true))
      )
      await refusedAlike(() => holes, { name: 'TypeError', message: /row 2, column "column" is \[…, null, …\]/ })
      const whole = tableToIPC(new Table({ embedding: vectors(1000, 'fixed') }), 'file')
      const path = join(folder, 'a.arrow')
      await writeFile(path, whole.subarray(0, 2000))
      await refusedAlike(() => path, { code: 'ERR_FILE_FORMAT', path })
    })
  })

  describe('a package that is missing', () => {
    it('is named with the command that installs it', async () => {
      const missing = (): Promise<never> =>
        Promise.reject(Object.assign(new Error("Cannot find package 'hyparquet' imported from x"), { code: 'ERR_MODULE_NOT_FOUND' }))
      await assert.rejects(loadPeer('hyparquet', missing), {
        code: 'ERR_HYPARQUET_MISSING',
        message: 'hyparquet, which reads Parquet files, is not installed. Install it with `npm install hyparquet`'
      })
      await assert.rejects(
        loadPeer('duckdb', () => Promise.reject(new Error('wrong ELF class'))),
        { code: 'ERR_DUCKDB_MISSING', message: /^@duckdb\/node-api cannot be loaded \(wrong ELF class\)/ }
      )
      // Of several the missing one is named, and all are installed.
      const cjs = Object.assign(new Error("Cannot find module 'linkedom'\nRequire stack"), { code: 'MODULE_NOT_FOUND' })
      await assert.rejects(
        loadPeer('charts', () => Promise.reject(cjs)),
        {
          code: 'ERR_CHARTS_MISSING',
          message: 'linkedom, which draws charts, is not installed. Install it with `npm install @observablehq/plot linkedom umap-js`'
        }
      )
    })
  })
})
