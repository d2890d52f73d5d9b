/** NPY, numpy's format: versions 1 to 3, either byte order, either memory order. */

import type { FileHandle } from 'node:fs/promises'
import { expected } from '../errors.js'
import { formatError } from '../file-errors.js'
import { readStart } from './file.js'
import { type Layout, product, readLayout } from './layout.js'
import { writeBytes, writeFileWhole } from './new-file.js'
import { type NumberName, numberTypes, type RawArray } from './numbers.js'

const magic = Buffer.from('\x93NUMPY', 'latin1')

/** No header that numpy writes is near this. */
const longestHeader = 2 ** 20

/** What an NPY file declares, checked against its size. @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT */
export async function npyLayout(path: string): Promise<Layout> {
  const { start: bytes, size } = await readStart(path, longestHeader)
  if (bytes.length < 10 || !bytes.subarray(0, 6).equals(magic)) throw formatError(path, 'is not an NPY file (its magic string is missing)')
  const version = bytes[6]!
  if (version < 1 || version > 3) throw formatError(path, `has NPY version ${version}; 1 to 3 can be read`)
  const start = version === 1 ? 10 : 12
  if (bytes.length < start) throw formatError(path, 'ends within its header')
  const headerLength = version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8)
  const offset = start + headerLength
  if (offset > bytes.length) throw formatError(path, `declares a header of ${headerLength} bytes, but has ${size} in all`)
  const header = bytes.toString('utf8', start, offset)
  const descr = /'descr'\s*:\s*'([<>|=])?([a-z]\d+)'/.exec(header)
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)
  const dims = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)
  if (!descr || !order || !dims) throw formatError(path, `has a header that cannot be read: ${header.slice(0, 120).trim()}`)
  const name = descr[2]!
  if (!(name in numberTypes)) throw formatError(path, `holds the type ${name}; readable are ${Object.keys(numberTypes).join(', ')}`)
  const type = name as NumberName
  const shape = dims[1]!
    .split(',')
    .filter(side => side.trim() !== '')
    .map(Number)
  const length = product(shape) * numberTypes[type].bytes
  if (offset + length !== size)
    throw formatError(path, `declares [${shape.join(', ')}] of ${type}, which takes ${length} bytes, but has ${size - offset}`)
  return { path, offset, type, shape, bigEndian: descr[1] === '>', columnMajor: order[1] === 'True', packed: false }
}

/**
 * Reads an NPY file. `uint8` and booleans come as `Uint8Array`, other integers as `Int32Array` (out of its range: an
 * error), floats as `Float32Array`; Fortran order is turned into row-major.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if the file is damaged, or of a type that is no number
 */
export async function readNpy(path: string, options: { readonly signal?: AbortSignal } = {}): Promise<RawArray> {
  return readLayout(await npyLayout(path), options.signal)
}

/** An array that is written, or some rows of one. */
export interface NpyBlock {
  readonly data: Float32Array | Float64Array | Uint8Array | Int32Array
  readonly shape: readonly number[]
}

/**
 * Writes an NPY file (version 1, little-endian, row-major): an array with its shape, or blocks of its rows as they come (`model.stream(…)`), whose number need
 * not be known. The file is there when it is whole.
 * @throws TypeError or RangeError for a block that does not fit the first; DeepClusteringError ERR_FILE_WRITE; what the iterator throws
 */
export async function writeNpy(path: string, tensor: NpyBlock | AsyncIterable<NpyBlock>): Promise<void> {
  await writeFileWhole(path, file => (Symbol.asyncIterator in tensor ? writeBlocks(file, tensor) : writeArray(file, tensor)))
}

async function writeArray(file: FileHandle, { data, shape }: NpyBlock): Promise<void> {
  await writeBytes(file, headerOf(typeOf(data), shape))
  await writeBytes(file, bytesOf(data))
}

/** The header is written at the end, into the room that was left for it. */
async function writeBlocks(file: FileHandle, blocks: AsyncIterable<NpyBlock>): Promise<void> {
  let first: NpyBlock | undefined
  let n = 0
  let room = 0
  let position = 0
  for await (const block of blocks) {
    const [rows, ...sides] = block.shape
    if (!first) {
      first = block
      room = headerOf(typeOf(block.data), [Number.MAX_SAFE_INTEGER, ...sides]).length
      position = room
    }
    if (typeOf(block.data) !== typeOf(first.data))
      throw new TypeError(expected(`a ${first.data.constructor.name}, as in the first,`, 'data of a block', block.data))
    const wanted = first.shape.slice(1)
    if (rows === undefined || sides.join() !== wanted.join() || product(block.shape) !== block.data.length)
      throw new RangeError(expected(`[rows, ${wanted.join(', ')}], as in the first and as the data have,`, 'shape of a block', block.shape))
    const bytes = bytesOf(block.data)
    await writeBytes(file, bytes, position)
    position += bytes.length
    n += rows
  }
  if (!first) throw new RangeError(expected('at least one block', 'tensor', []))
  await writeBytes(file, headerOf(typeOf(first.data), [n, ...first.shape.slice(1)], room), 0)
}

const typeOf = (data: NpyBlock['data']): string =>
  data instanceof Float32Array ? '<f4' : data instanceof Float64Array ? '<f8' : data instanceof Int32Array ? '<i4' : '|u1'

const bytesOf = (data: NpyBlock['data']): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** The header of an array, `length` bytes long if that is given. */
function headerOf(descr: string, shape: readonly number[], length?: number): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`
  // The data begin at a multiple of 64 bytes; the header ends with a newline.
  const header = Buffer.alloc(length ?? 64 * Math.ceil((10 + text.length + 1) / 64), ' ')
  magic.copy(header)
  header.writeUInt16LE(1, 6)
  header.writeUInt16LE(header.length - 10, 8)
  header.write(text, 10, 'latin1')
  header[header.length - 1] = 0x0a
  return header
}
