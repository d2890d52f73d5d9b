/** IDX, the format of MNIST: a magic number with type and rank, big-endian sizes, then the numbers. Also gzipped. */

import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { formatError } from '../file-errors.js'
import { readStart } from './file.js'
import { type Layout, product, readLayout } from './layout.js'
import { type NumberName, numberTypes, type RawArray } from './numbers.js'

const types: Readonly<Record<number, NumberName>> = { 8: 'u1', 9: 'i1', 11: 'i2', 12: 'i4', 13: 'f4', 14: 'f8' }

const longestHeader = 4 + 4 * 4

/** Deflate makes no more than this of one byte. */
const mostUnpacked = 1032

/** What an IDX file declares, checked against its size. @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT */
export async function idxLayout(path: string): Promise<Layout> {
  const { start, size } = await readStart(path, 4096)
  const packed = start[0] === 0x1f && start[1] === 0x8b
  const header = readHeader(path, packed ? await unpackStart(path, start) : start.subarray(0, longestHeader), packed)
  const { shape, type, offset } = header
  const bytes = offset + product(shape) * numberTypes[type].bytes
  const declares = `declares [${shape.join(', ')}], which takes ${bytes} bytes`
  if (packed ? bytes > size * mostUnpacked : bytes !== size)
    throw formatError(path, packed ? `${declares}, more than ${size} packed ones hold` : `${declares}, but has ${size}`)
  return header
}

function readHeader(path: string, start: Buffer, packed: boolean): Layout {
  if (start.length < 4) throw formatError(path, `is too short for an IDX file (${start.length} bytes)`)
  const type = types[start[2]!]
  const rank = start[3]!
  if (start[0] !== 0 || start[1] !== 0 || !type)
    throw formatError(path, `is not an IDX file (its magic number is ${start.subarray(0, 4).toString('hex')})`)
  if (rank < 1 || rank > 4) throw formatError(path, `has ${rank} dimensions; 1 to 4 can be read`)
  const offset = 4 + 4 * rank
  if (start.length < offset) throw formatError(path, 'ends within its header')
  const shape = Array.from({ length: rank }, (_, i) => start.readUInt32BE(4 + 4 * i))
  return { path, offset, type, shape, bigEndian: true, columnMajor: false, packed }
}

async function unpackStart(path: string, packed: Buffer): Promise<Buffer> {
  try {
    // A prefix of the packed data unpacks to a prefix of the file when the end may be missing.
    const start = await promisify(gunzip)(packed, { finishFlush: 2 })
    return start.subarray(0, longestHeader)
  } catch (cause) {
    throw formatError(path, `is not a whole gzip file (${(cause as Error).message})`, cause)
  }
}

/**
 * Reads an IDX file, gzipped or not. Bytes come as `Uint8Array`, integers as `Int32Array`, floats as `Float32Array`.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if the file is truncated, too long, or not IDX
 */
export async function readIdx(path: string, options: { readonly signal?: AbortSignal } = {}): Promise<RawArray> {
  return readLayout(await idxLayout(path), options.signal)
}
