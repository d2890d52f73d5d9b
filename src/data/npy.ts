/** NPY, numpy's format: versions 1 to 3, either byte order, either memory order. */

import { open } from 'node:fs/promises'
import { formatError } from '../file-errors.js'
import { readStart } from './file.js'
import { type Layout, product, readLayout } from './layout.js'
import { type NumberName, numberTypes, type RawArray } from './numbers.js'

const magic = Buffer.from('\x93NUMPY', 'latin1')

const writtenBytes = 2 ** 26

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

/**
 * Writes an NPY file (version 1, little-endian, row-major).
 * @param tensor `Float32Array`, `Float64Array`, `Uint8Array` or `Int32Array` with its shape
 */
export async function writeNpy(
  path: string,
  tensor: { readonly data: Float32Array | Float64Array | Uint8Array | Int32Array; readonly shape: readonly number[] }
): Promise<void> {
  const { data, shape } = tensor
  const descr = data instanceof Float32Array ? '<f4' : data instanceof Float64Array ? '<f8' : data instanceof Int32Array ? '<i4' : '|u1'
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`
  // The data begin at a multiple of 64 bytes; the header ends with a newline.
  const padded = text + ' '.repeat(63 - ((10 + text.length) % 64)) + '\n'
  const start = Buffer.alloc(10)
  magic.copy(start)
  start[6] = 1
  start.writeUInt16LE(padded.length, 8)
  const file = await open(path, 'w')
  try {
    await file.writev([start, Buffer.from(padded, 'latin1')])
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    // The system writes less than 2 GiB at once.
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, Math.min(bytes.length - at, writtenBytes))).bytesWritten
  } finally {
    await file.close()
  }
}
