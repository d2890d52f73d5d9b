/** Whatever a caller gives as data, as a checked dataset. */

import { expected } from '../errors.js'
import { type DataInput, type Dataset, type Items, inFiles } from './dataset.js'
import { readData } from './read.js'

/**
 * A checked dataset. A dataset in plain memory is returned as it is, without a copy; one in shared memory is copied.
 * @throws TypeError or RangeError for data of the wrong type, shape or length, or that are not finite;
 *   DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT for a path that no data can be read from
 */
export async function toDataset(input: DataInput): Promise<Dataset> {
  if (typeof input === 'string') return checked(await readData(input))
  if (Array.isArray(input)) return checked(fromRows(input as readonly ArrayLike<number>[]))
  const { data, shape } = checked(input as Dataset)
  return { data: data.buffer instanceof ArrayBuffer ? data : data.slice(), shape }
}

/**
 * Items for work in native memory that goes on beside the caller's code: what lies in an `ArrayBuffer` of the caller's is copied, since that
 * could be transferred or resized meanwhile; shared memory is there as long as anyone holds it, and is read in place, as files are.
 */
export async function securedItems(input: DataInput): Promise<Items> {
  if (typeof input === 'string' || Array.isArray(input)) return toDataset(input)
  if (inFiles(input as Items)) return input as Items
  const { data, shape } = checked(input as Dataset)
  return { data: data.buffer instanceof ArrayBuffer ? data.slice() : data, shape }
}

function checked(dataset: Dataset): Dataset {
  if (dataset === null || typeof dataset !== 'object' || !('data' in dataset) || !('shape' in dataset)) {
    throw new TypeError(expected('{ data, shape }, an array of rows, or a path', 'data', dataset))
  }
  const { data, shape } = dataset
  if (!(data instanceof Float32Array) && !(data instanceof Uint8Array))
    throw new TypeError(expected('a Float32Array or Uint8Array', 'data.data', data))
  if (!Array.isArray(shape) || shape.length < 2 || shape.length > 4 || !shape.every(side => Number.isSafeInteger(side) && side >= 1)) {
    throw new RangeError(expected('[n, d], [n, height, width] or [n, channels, height, width] of positive integers', 'data.shape', shape))
  }
  const length = shape.reduce((product, side) => product * side, 1)
  if (length !== data.length) throw new RangeError(expected(`${length} numbers, as \`data.shape\` says,`, 'data.data', data))
  if (data instanceof Float32Array) assertFinite(data, length / shape[0]!)
  return { data, shape }
}

function assertFinite(data: Float32Array, features: number): void {
  // A sum is not finite if a term is not; it is much faster than a test of each, and when it fails each is tested.
  let sum = 0
  for (let i = 0; i < data.length; ++i) sum += data[i]! * 0
  if (sum === 0) return
  const wrong = data.findIndex(value => !Number.isFinite(value))
  throw new RangeError(expected('finite numbers', `data[${Math.floor(wrong / features)}][${wrong % features}]`, data[wrong]))
}

function fromRows(rows: readonly ArrayLike<number>[]): Dataset {
  if (rows.length === 0) throw new RangeError(expected('at least one row', 'data', rows))
  const width = rows[0]?.length
  if (typeof width !== 'number' || typeof rows[0] === 'string') throw new TypeError(expected('an array of numbers', 'data[0]', rows[0]))
  const bytes = rows.every(row => row instanceof Uint8Array)
  const data = bytes ? new Uint8Array(rows.length * width) : new Float32Array(rows.length * width)
  rows.forEach((row, i) => {
    if (!Array.isArray(row) && !ArrayBuffer.isView(row)) throw new TypeError(expected('an array of numbers', `data[${i}]`, row))
    if (row.length !== width) throw new RangeError(expected(`${width} numbers, as in the first row,`, `data[${i}]`, row.length))
    for (let j = 0; j < width; ++j) {
      if (typeof row[j] !== 'number') throw new TypeError(expected('a number', `data[${i}][${j}]`, row[j]))
      data[i * width + j] = row[j]!
    }
  })
  return { data, shape: [rows.length, width] }
}
