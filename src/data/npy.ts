/** NPY, numpy's format: versions 1 to 3, either byte order, either memory order. */

import { open } from 'node:fs/promises'
import { formatError } from '../file-errors.js'
import { readBytes } from './file.js'
import type { RawArray } from './idx.js'

const magic = Buffer.from('\x93NUMPY', 'latin1')

type Kind = 'float' | 'integer' | 'byte'
interface NpyType {
  readonly kind: Kind
  readonly bytes: number
  readonly read: (view: DataView, offset: number, little: boolean) => number
}

const types: Readonly<Record<string, NpyType>> = {
  f2: { kind: 'float', bytes: 2, read: (view, offset, little) => half(view.getUint16(offset, little)) },
  f4: { kind: 'float', bytes: 4, read: (view, offset, little) => view.getFloat32(offset, little) },
  f8: { kind: 'float', bytes: 8, read: (view, offset, little) => view.getFloat64(offset, little) },
  i1: { kind: 'integer', bytes: 1, read: (view, offset) => view.getInt8(offset) },
  i2: { kind: 'integer', bytes: 2, read: (view, offset, little) => view.getInt16(offset, little) },
  i4: { kind: 'integer', bytes: 4, read: (view, offset, little) => view.getInt32(offset, little) },
  i8: { kind: 'integer', bytes: 8, read: (view, offset, little) => Number(view.getBigInt64(offset, little)) },
  u1: { kind: 'byte', bytes: 1, read: (view, offset) => view.getUint8(offset) },
  u2: { kind: 'integer', bytes: 2, read: (view, offset, little) => view.getUint16(offset, little) },
  u4: { kind: 'float', bytes: 4, read: (view, offset, little) => view.getUint32(offset, little) },
  b1: { kind: 'byte', bytes: 1, read: (view, offset) => view.getUint8(offset) }
}

/** IEEE 754 binary16 as a number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/**
 * Reads an NPY file. `uint8` and booleans come as `Uint8Array`, other integers as `Int32Array` (out of its range: an
 * error), floats as `Float32Array`; Fortran order is turned into row-major.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if the file is damaged, or of a type that is no number
 */
export async function readNpy(path: string): Promise<RawArray> {
  const bytes = await readBytes(path)
  if (bytes.length < 10 || !bytes.subarray(0, 6).equals(magic)) throw formatError(path, 'is not an NPY file (its magic string is missing)')
  const version = bytes[6]!
  if (version < 1 || version > 3) throw formatError(path, `has NPY version ${version}; 1 to 3 can be read`)
  const start = version === 1 ? 10 : 12
  if (bytes.length < start) throw formatError(path, 'ends within its header')
  const headerLength = version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8)
  const offset = start + headerLength
  if (offset > bytes.length) throw formatError(path, `declares a header of ${headerLength} bytes, but has ${bytes.length} in all`)
  const header = bytes.toString('utf8', start, offset)
  const descr = /'descr'\s*:\s*'([<>|=])?([a-z]\d+)'/.exec(header)
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)
  const dims = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)
  if (!descr || !order || !dims) throw formatError(path, `has a header that cannot be read: ${header.slice(0, 120).trim()}`)
  const type = types[descr[2]!]
  if (!type) throw formatError(path, `holds the type ${descr[2]}; readable are ${Object.keys(types).join(', ')}`)
  const shape = dims[1]!
    .split(',')
    .filter(side => side.trim() !== '')
    .map(Number)
  const length = shape.reduce((product, side) => product * side, 1)
  if (offset + length * type.bytes !== bytes.length) {
    throw formatError(
      path,
      `declares [${shape.join(', ')}] of ${descr[2]}, which takes ${length * type.bytes} bytes, but has ${bytes.length - offset}`
    )
  }
  const little = descr[1] !== '>'
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const data = type.kind === 'byte' ? new Uint8Array(length) : type.kind === 'float' ? new Float32Array(length) : new Int32Array(length)
  for (let i = 0; i < length; ++i) {
    const value = type.read(view, offset + i * type.bytes, little)
    if (type.kind === 'integer' && (value | 0) !== value) throw formatError(path, `holds the integer ${value}, which does not fit in 32 bits`)
    data[i] = value
  }
  return { data: order[1] === 'True' ? rowMajor(data, shape) : data, shape }
}

/** Column-major numbers in row-major order. */
function rowMajor<T extends RawArray['data']>(data: T, shape: readonly number[]): T {
  const result = data.slice() as T
  const index = new Array<number>(shape.length).fill(0)
  for (let i = 0; i < data.length; ++i) {
    let from = 0
    for (let axis = shape.length - 1; axis >= 0; --axis) from = from * shape[axis]! + index[axis]!
    result[i] = data[from]!
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]!; --axis) index[axis] = 0
  }
  return result
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
    await file.writev([start, Buffer.from(padded, 'latin1'), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)])
  } finally {
    await file.close()
  }
}
