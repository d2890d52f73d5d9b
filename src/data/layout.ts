/** Arrays of numbers as they lie in files: NPY and IDX say where, of which type and in which order; here they are read, slice by slice. */

import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { isDeepClusteringError } from '../errors.js'
import { formatError, readError, systemError } from '../file-errors.js'
import { openFile, readExactly } from './file.js'
import { type Bytes, type NumberName, type Numbers, type RawArray, swapBytes, typeNamed } from './numbers.js'
import { sliceBytes, turn } from './turns.js'

export interface Layout {
  readonly path: string
  /** Of the first number, in the unpacked file. */
  readonly offset: number
  readonly type: NumberName
  readonly shape: readonly number[]
  readonly bigEndian: boolean
  /** Numpy's Fortran order. */
  readonly columnMajor: boolean
  /** By gzip. */
  readonly packed: boolean
}

/** Bytes of a column-major array that are turned at once: the larger, the longer the pieces that are read. */
const turnedBytes = 2 ** 25

export const product = (shape: readonly number[]): number => shape.reduce((all, side) => all * side, 1)

const bytesOf = ({ type, shape }: Layout): number => product(shape) * typeNamed(type).bytes

/** The name of its type in a dataset in files, if the numbers can be read in place. */
export function inPlace({ type, bigEndian, columnMajor, packed }: Layout): ReturnType<typeof typeNamed>['inPlace'] {
  const { bytes, inPlace } = typeNamed(type)
  return packed || columnMajor || (bigEndian && bytes > 1) ? undefined : inPlace
}

/** An array of `length` numbers. @throws DeepClusteringError ERR_FILE_READ if there cannot be one */
export function allocate(path: string, kind: 'float' | 'integer' | 'byte', length: number): Numbers {
  try {
    return kind === 'byte' ? new Uint8Array(length) : kind === 'float' ? new Float32Array(length) : new Int32Array(length)
  } catch (cause) {
    const requiredBytes = kind === 'byte' ? length : 4 * length
    throw readError(path, `takes ${requiredBytes} bytes, more than one array in memory can have here`, { cause, requiredBytes })
  }
}

/** All numbers in memory, row-major. @throws DeepClusteringError ERR_FILE_READ or ERR_FILE_FORMAT */
export async function readLayout(layout: Layout, signal?: AbortSignal): Promise<RawArray> {
  const { path, type, shape } = layout
  const length = product(shape)
  const data = allocate(path, typeNamed(type).kind, length)
  if (length > 0 && inPlace(layout) && typeNamed(type).bytes === data.BYTES_PER_ELEMENT) {
    await readInto(layout, new Uint8Array(data.buffer as ArrayBuffer), signal)
  } else {
    let at = 0
    for await (const block of numbersOf(layout, signal)) {
      data.set(block, at)
      at += block.length
      await turn(signal)
    }
  }
  return { data, shape }
}

async function readInto({ path, offset }: Layout, target: Uint8Array, signal?: AbortSignal): Promise<void> {
  await using file = await openFile(path)
  for (let at = 0; at < target.length; at += sliceBytes) {
    signal?.throwIfAborted()
    await readExactly(path, file, target.subarray(at, at + sliceBytes), offset + at)
  }
}

/** The numbers of a file in slices, row-major. @throws DeepClusteringError ERR_FILE_READ or ERR_FILE_FORMAT */
export async function* numbersOf(layout: Layout, signal?: AbortSignal): AsyncGenerator<Numbers, void, void> {
  const { path, type, bigEndian } = layout
  const { bytes, convert } = typeNamed(type)
  const raw = layout.packed ? unpacked(layout) : layout.columnMajor && layout.shape.length > 1 ? rowMajor(layout) : inOrder(layout)
  for await (const slice of raw) {
    signal?.throwIfAborted()
    if (bigEndian) swapBytes(slice, bytes)
    yield convert(slice, what => formatError(path, what))
  }
}

async function* inOrder(layout: Layout): AsyncGenerator<Bytes, void, void> {
  const { path, offset } = layout
  const end = bytesOf(layout)
  await using file = await openFile(path)
  for (let at = 0; at < end; at += sliceBytes) {
    const slice = new Uint8Array(Math.min(sliceBytes, end - at))
    await readExactly(path, file, slice, offset + at)
    yield slice
  }
}

/** Some rows at a time: their piece of every column is read, and the pieces are turned. */
async function* rowMajor(layout: Layout): AsyncGenerator<Bytes, void, void> {
  const { path, offset, type, shape } = layout
  const { bytes } = typeNamed(type)
  const [n, ...sides] = shape as [number, ...number[]]
  const width = product(sides)
  if (n * width === 0) return
  const columns = columnsInRowOrder(sides)
  const most = Math.min(n, Math.max(1, Math.floor(turnedBytes / (width * bytes))))
  const pieces = new Uint8Array(most * width * bytes)
  const rowsAtOnce = Math.max(1, Math.floor(sliceBytes / (8 * width * bytes)))
  await using file = await openFile(path)
  for (let first = 0; first < n; first += most) {
    const rows = Math.min(most, n - first)
    if (rows === n) await readExactly(path, file, pieces, offset)
    else {
      for (let column = 0; column < width; ++column) {
        const piece = pieces.subarray(column * rows * bytes, (column + 1) * rows * bytes)
        await readExactly(path, file, piece, offset + (column * n + first) * bytes)
      }
    }
    for (let row = 0; row < rows; row += rowsAtOnce) yield turned(pieces, bytes, rows, columns, row, Math.min(rows, row + rowsAtOnce))
  }
}

/** Which column of a column-major array of these sides is which number of a row-major item. */
function columnsInRowOrder(sides: readonly number[]): Int32Array {
  const columns = new Int32Array(product(sides))
  const index = new Array<number>(sides.length).fill(0)
  for (let i = 0; i < columns.length; ++i) {
    let from = 0
    for (let axis = sides.length - 1; axis >= 0; --axis) from = from * sides[axis]! + index[axis]!
    columns[i] = from
    for (let axis = sides.length - 1; axis >= 0 && ++index[axis]! === sides[axis]!; --axis) index[axis] = 0
  }
  return columns
}

/** Rows `from` to `to` of pieces of columns, each of `rows` numbers. */
function turned(pieces: Bytes, bytes: number, rows: number, columns: Int32Array, from: number, to: number): Bytes {
  const Words = bytes === 1 ? Uint8Array : bytes === 2 ? Uint16Array : bytes === 4 ? Uint32Array : BigUint64Array
  const words = new Words(pieces.buffer) as Uint32Array
  const result = new Words((to - from) * columns.length) as Uint32Array<ArrayBuffer>
  let at = 0
  for (let row = from; row < to; ++row) for (let i = 0; i < columns.length; ++i) result[at++] = words[columns[i]! * rows + row]!
  return new Uint8Array(result.buffer)
}

/** The numbers of a gzipped file, as it is unpacked on a thread of the pool: no further than it declares. */
async function* unpacked(layout: Layout): AsyncGenerator<Bytes, void, void> {
  const { path, offset } = layout
  const end = offset + bytesOf(layout)
  const source = createReadStream(path)
  const stream = createGunzip({ chunkSize: 2 ** 18 })
  source.on('error', cause => stream.destroy(systemError(path, cause)))
  source.pipe(stream)
  let slice = new Uint8Array(Math.min(sliceBytes, end - offset))
  let filled = 0
  let position = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      let rest = chunk.subarray(Math.max(0, Math.min(chunk.length, offset - position)))
      position += chunk.length
      if (position > end) throw formatError(path, `unpacks to more than the ${end} bytes that it declares`)
      while (rest.length > 0) {
        const part = rest.subarray(0, slice.length - filled)
        slice.set(part, filled)
        filled += part.length
        rest = rest.subarray(part.length)
        if (filled < slice.length) continue
        yield slice
        slice = new Uint8Array(Math.min(sliceBytes, Math.max(0, end - position + rest.length)))
        filled = 0
      }
    }
  } catch (cause) {
    if (isDeepClusteringError(cause)) throw cause
    throw formatError(path, `is not a whole gzip file (${(cause as Error).message})`, cause)
  } finally {
    source.destroy()
    stream.destroy()
  }
  if (position < end) throw formatError(path, `declares [${layout.shape.join(', ')}], which takes ${end} bytes, but has ${position}`)
}
