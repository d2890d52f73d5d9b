/** IDX, the format of MNIST: a magic number with type and rank, big-endian sizes, then the numbers. Also gzipped. */

import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { formatError } from '../file-errors.js'
import { readBytes, unpack } from './file.js'

/** A dense array as it stands in a file. */
export interface RawArray {
  readonly data: Uint8Array | Float32Array | Int32Array
  readonly shape: readonly number[]
}

const types: Readonly<Record<number, { readonly name: string; readonly bytes: number; readonly read: (view: DataView, offset: number) => number }>> =
  {
    8: { name: 'uint8', bytes: 1, read: (view, offset) => view.getUint8(offset) },
    9: { name: 'int8', bytes: 1, read: (view, offset) => view.getInt8(offset) },
    11: { name: 'int16', bytes: 2, read: (view, offset) => view.getInt16(offset) },
    12: { name: 'int32', bytes: 4, read: (view, offset) => view.getInt32(offset) },
    13: { name: 'float32', bytes: 4, read: (view, offset) => view.getFloat32(offset) },
    14: { name: 'float64', bytes: 8, read: (view, offset) => view.getFloat64(offset) }
  }

const longestHeader = 4 + 4 * 4

interface Header {
  readonly type: number
  readonly shape: readonly number[]
  readonly offset: number
  readonly length: number
  /** Of the whole unpacked file. */
  readonly bytes: number
}

function readHeader(path: string, start: Buffer): Header {
  if (start.length < 4) throw formatError(path, `is too short for an IDX file (${start.length} bytes)`)
  const type = start[2]!
  const rank = start[3]!
  if (start[0] !== 0 || start[1] !== 0 || !types[type])
    throw formatError(path, `is not an IDX file (its magic number is ${start.subarray(0, 4).toString('hex')})`)
  if (rank < 1 || rank > 4) throw formatError(path, `has ${rank} dimensions; 1 to 4 can be read`)
  const offset = 4 + 4 * rank
  if (start.length < offset) throw formatError(path, 'ends within its header')
  const shape = Array.from({ length: rank }, (_, i) => start.readUInt32BE(4 + 4 * i))
  const length = shape.reduce((product, side) => product * side, 1)
  return { type, shape, offset, length, bytes: offset + length * types[type]!.bytes }
}

/**
 * Reads an IDX file, gzipped or not. Bytes come as `Uint8Array`, integers as `Int32Array`, floats as `Float32Array`.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if the file is truncated, too long, or not IDX
 */
export async function readIdx(path: string): Promise<RawArray> {
  let bytes = await readBytes(path)
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    // The header first: it says how much there is to unpack.
    const start = await unpackStart(path, bytes)
    bytes = await unpack(path, bytes, Math.max(1, readHeader(path, start).bytes))
  }
  const header = readHeader(path, bytes)
  if (bytes.length !== header.bytes) {
    throw formatError(path, `declares [${header.shape.join(', ')}], which takes ${header.bytes} bytes, but has ${bytes.length}`)
  }
  if (header.type === 0x08) return { data: new Uint8Array(bytes.buffer, bytes.byteOffset + header.offset, header.length), shape: header.shape }
  const { bytes: size, read } = types[header.type]!
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const data = header.type >= 0x0d ? new Float32Array(header.length) : new Int32Array(header.length)
  for (let i = 0; i < header.length; ++i) data[i] = read(view, header.offset + i * size)
  return { data, shape: header.shape }
}

async function unpackStart(path: string, packed: Buffer): Promise<Buffer> {
  try {
    // A prefix of the packed data unpacks to a prefix of the file when the end may be missing.
    const start = await promisify(gunzip)(packed.subarray(0, 4096), { finishFlush: 2 })
    return start.subarray(0, longestHeader)
  } catch (cause) {
    throw formatError(path, `is not a whole gzip file (${(cause as Error).message})`, cause)
  }
}
