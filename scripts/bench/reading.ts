/**
 * `npm run bench -- reading [--megabytes 256] [--format NAME,…]`: how fast each kind of data is read, into memory and into a file, and how long the event
 * loop is held up meanwhile. The files are made first, by a seed; formats whose package is not installed are left out. Wanted: a longest delay of at most 20 ms
 * everywhere, and 60 MB/s of CSV.
 */
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'
import jpeg from 'jpeg-js'
import { PNG } from 'pngjs'
import { type DataInput, openItems } from '../../src/data/index.js'
import { machine } from './machine.js'

const { values: flags } = parseArgs({ options: { megabytes: { type: 'string', default: '256' }, format: { type: 'string' } } })
const bytes = Number(flags.megabytes) * 1e6
const resolution = 1 // ms
const width = 64
const rows = Math.floor(bytes / (4 * width))

/** Numbers in -1..1 from a seed (mulberry32). */
function uniforms(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}

/** `count` pieces that make up a file. */
async function written(path: string, header: string | Uint8Array, count: number, piece: () => string | Uint8Array): Promise<string> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(header)
    for (let i = 0; i < count; i += 1) await file.writeFile(piece())
  } finally {
    await file.close()
  }
  return path
}

function npyHeader(descr: string, shape: readonly number[], fortran = false): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')}), }`.padEnd(117) + '\n'
  const start = Buffer.alloc(10)
  start.write('\x93NUMPY', 'latin1')
  start[6] = 1
  start.writeUInt16LE(text.length, 8)
  return Buffer.concat([start, Buffer.from(text)])
}

function idxHeader(n: number): Buffer {
  const header = Buffer.alloc(16)
  header.writeUInt32BE(0x803)
  for (const [i, side] of [n, 28, 28].entries()) header.writeUInt32BE(side, 4 + 4 * i)
  return header
}

const random = uniforms(1)
const pieces = 64
const perPiece = Math.floor(rows / pieces)
const floats = (): Float32Array => Float32Array.from({ length: perPiece * width }, random)
const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
const shape = [perPiece * pieces, width]
const images = Math.floor(bytes / 784 / pieces)
const pixels = (): Uint8Array => Uint8Array.from({ length: images * 784 }, (_, i) => (i % 7 < 4 ? 0 : Math.floor((random() + 1) * 127)))

/** Runs SQL that writes a file. */
async function bySql(sql: string): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(sql)
  connection.closeSync()
  instance.closeSync()
}

async function imageFolder(folder: string, encode: (rgba: Buffer) => Buffer): Promise<string> {
  await mkdir(folder)
  const side = 256
  const count = Math.max(4, Math.floor(bytes / (16 * side * side * 3)))
  for (let i = 0; i < count; i += 1) {
    const rgba = Buffer.from(Uint8Array.from({ length: side * side * 4 }, (_, j) => 128 + 60 * Math.sin((i + 1) * j * 1e-4) + 20 * random()))
    const file = await open(join(folder, `${i}.${encode === png ? 'png' : 'jpg'}`), 'w')
    await file.writeFile(encode(rgba))
    await file.close()
  }
  return folder
}

const png = (rgba: Buffer): Buffer => {
  const image = new PNG({ width: 256, height: 256 })
  rgba.copy(image.data)
  return PNG.sync.write(image)
}
const jpg = (rgba: Buffer): Buffer => jpeg.encode({ width: 256, height: 256, data: rgba }, 90).data

const folder = await mkdtemp(join(tmpdir(), 'deep-clustering-bench-'))
process.env.DEEP_CLUSTERING_CACHE = join(folder, 'cache')
const at = (name: string): string => join(folder, name)
const lists = `SELECT list(((hash(i * ${width} + j) % 20001) / 10000.0 - 1)::FLOAT) AS x FROM range(0, ${rows}) a(i), range(0, ${width}) b(j) GROUP BY i`

/** Makes the data of a kind; what it takes on disk, or in memory, is what is read of it. */
const kinds: Readonly<Record<string, () => Promise<DataInput>>> = {
  'NPY float32': () => written(at('f4.npy'), npyHeader('<f4', shape), pieces, () => bytesOf(floats())),
  'NPY float64': () => written(at('f8.npy'), npyHeader('<f8', shape), pieces, () => bytesOf(Float64Array.from(floats()))),
  'NPY big-endian': () => written(at('be.npy'), npyHeader('>f4', shape), pieces, () => Buffer.from(bytesOf(floats())).swap32()),
  'NPY column-major': () => written(at('cm.npy'), npyHeader('<f4', shape, true), pieces, () => bytesOf(floats())),
  'NPY float16': () =>
    written(at('f2.npy'), npyHeader('<f2', shape), pieces, () => bytesOf(Uint16Array.from(floats(), value => 0x3000 + (value + 1) * 1000))),
  IDX: () => written(at('images.idx'), idxHeader(images * pieces), pieces, pixels),
  'IDX.gz': async () => {
    const count = Math.max(1, Math.floor(pieces / 4))
    function* parts(): Generator<Uint8Array> {
      yield idxHeader(images * count)
      for (let i = 0; i < count; i += 1) yield pixels()
    }
    await pipeline(Readable.from(parts()), createGzip({ level: 1 }), createWriteStream(at('images.gz')))
    return at('images.gz')
  },
  CSV: () => {
    const line = (): string => Array.from({ length: width }, () => random().toFixed(6)).join(',')
    return written(at('six-digits.csv'), '', pieces, () => Array.from({ length: Math.floor(perPiece / 2) }, line).join('\n') + '\n')
  },
  'CSV of 17 digits': () => {
    const line = (): string => Array.from({ length: width }, () => (random() * Math.PI).toPrecision(17)).join(',')
    return written(at('all-digits.csv'), '', pieces, () => Array.from({ length: Math.floor(perPiece / 4) }, line).join('\n') + '\n')
  },
  PNG: () => imageFolder(at('png'), png),
  JPEG: () => imageFolder(at('jpg'), jpg),
  'Parquet lists': async () => {
    await bySql(`COPY (${lists}) TO '${at('lists.parquet')}' (FORMAT parquet, ROW_GROUP_SIZE 16384)`)
    return at('lists.parquet')
  },
  'Parquet columns': async () => {
    const columns = Array.from({ length: width }, (_, j) => `((hash(i * ${width} + ${j}) % 20001) / 10000.0 - 1)::FLOAT AS c${j}`)
    await bySql(
      `COPY (SELECT ${columns.join(', ')} FROM range(0, ${rows}) t(i)) TO '${at('columns.parquet')}' (FORMAT parquet, ROW_GROUP_SIZE 16384)`
    )
    return at('columns.parquet')
  },
  Arrow: async () => {
    const { Field, FixedSizeList, Float32, makeData, RecordBatch, RecordBatchFileWriter, Schema, Struct } = await import('apache-arrow')
    const type = new FixedSizeList(width, new Field('item', new Float32()))
    const schema = new Schema([new Field('x', type)])
    const batches = function* (): Generator<InstanceType<typeof RecordBatch>> {
      for (let i = 0; i < pieces; i += 1) {
        const child = makeData({ type: new Float32(), data: floats() })
        const list = makeData({ type, length: perPiece, child })
        yield new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: perPiece, children: [list] }))
      }
    }
    const writer = RecordBatchFileWriter.writeAll(batches())
    await pipeline(writer.toNodeStream(), createWriteStream(at('lists.arrow')))
    return at('lists.arrow')
  },
  SQL: async () => {
    const path = at('query.parquet')
    await bySql(`COPY (${lists}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 16384)`)
    return `SELECT x FROM '${path}'`
  },
  rows: async () => Array.from({ length: perPiece * pieces }, () => Float32Array.from({ length: width }, random)),
  dataset: async () => ({ data: Float32Array.from({ length: perPiece * pieces * width }, random), shape })
}

/** Bytes that are read of it. */
async function sizeOf(input: DataInput): Promise<number> {
  if (typeof input !== 'string') return 4 * perPiece * pieces * width
  const path = /^SELECT .*'(.+)'$/.exec(input)?.[1] ?? input
  const found = await stat(path)
  if (!found.isDirectory()) return found.size
  let size = 0
  for (const name of await readdir(path)) size += (await stat(join(path, name))).size
  return size
}

interface Measured {
  readonly seconds: number
  readonly longest: number
}

async function measure(input: DataInput, memory: number): Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution })
  await new Promise(resolve => setTimeout(resolve, 50))
  delay.enable()
  const started = performance.now()
  await openItems(input, { memory })
  const seconds = (performance.now() - started) / 1000
  await new Promise(resolve => setTimeout(resolve, 5))
  delay.disable()
  return { seconds, longest: Math.max(0, delay.max / 1e6 - resolution) }
}

console.log(`Reading, files of about ${flags.megabytes} MB of numbers. ${machine()}\n`)
console.log('| what | MB | into memory, MB/s | longest delay, ms | into a file, MB/s | longest delay, ms |\n|---|---|---|---|---|---|')
const wanted = flags.format?.split(',')
try {
  for (const [name, make] of Object.entries(kinds)) {
    if (wanted && !wanted.includes(name)) continue
    const input = await make().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
      return undefined
    })
    if (input === undefined) {
      console.log(`| ${name} | not measured: a package is not installed | | | | |`)
      continue
    }
    const size = (await sizeOf(input)) / 1e6
    // The first also makes the code quick.
    await openItems(input, { memory: Infinity })
    const resident = await measure(input, Infinity)
    const stored = name === 'dataset' ? undefined : await measure(input, 0)
    const shown = (measured: Measured | undefined): string =>
      measured ? `${(size / measured.seconds).toFixed(0)} | ${measured.longest.toFixed(1)}` : '– | –'
    console.log(`| ${name} | ${size.toFixed(0)} | ${shown(resident)} | ${shown(stored)} |`)
  }
} finally {
  await rm(folder, { recursive: true })
}
