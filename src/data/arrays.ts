/** Arrays that a caller gives: datasets, rows, and batches that come one after another. */

import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { expected } from '../errors.js'
import { formatError, systemError } from '../file-errors.js'
import { arrowTableSource } from './arrow.js'
import { isArrowTable } from './arrow-table.js'
import { checkFinite } from './collect.js'
import type { Batch, Dataset, FileDataset, Rows } from './dataset.js'
import { product } from './layout.js'
import { type Block, bytesInFile, checkItems, type Source } from './source.js'
import { inSlices, sliceBytes, turn } from './turns.js'

const isShape = (shape: unknown): shape is readonly number[] =>
  Array.isArray(shape) && shape.length >= 2 && shape.length <= 4 && shape.every(side => Number.isSafeInteger(side) && side >= 1)

const shapes = '[n, d], [n, height, width] or [n, channels, height, width] of positive integers'

/** @throws TypeError or RangeError for what is no dataset, whatever its numbers are; `name` is that of the argument */
function checkedArray(dataset: Dataset, name: string): Dataset {
  if (dataset === null || typeof dataset !== 'object' || !('data' in dataset) || !('shape' in dataset)) {
    throw new TypeError(expected('{ data, shape }, an array of rows, or a path', name, dataset))
  }
  const { data, shape, features } = dataset
  if (!(data instanceof Float32Array) && !(data instanceof Uint8Array))
    throw new TypeError(expected('a Float32Array or Uint8Array', `${name}.data`, data))
  if (!isShape(shape)) throw new RangeError(expected(shapes, `${name}.shape`, shape))
  const length = product(shape)
  if (length !== data.length) throw new RangeError(expected(`${length} numbers, as \`${name}.shape\` says,`, `${name}.data`, data))
  checkItems(name, shape[0]!)
  return { data, shape, ...(features && { features }) }
}

/** @throws TypeError or RangeError for what is no dataset, or holds numbers that are not finite */
export async function checkedDataset(dataset: Dataset, signal?: AbortSignal): Promise<Dataset> {
  const checked = checkedArray(dataset, 'data')
  const { data, shape } = checked
  if (data instanceof Float32Array)
    await inSlices(data.length, signal, (from, to) => checkFinite(intact(data, product(shape)).subarray(from, to), from, data.length / shape[0]!))
  return checked
}

/** A copy of a dataset that is checked. @throws as {@link checkedDataset} */
export async function copiedDataset(dataset: Dataset, signal?: AbortSignal): Promise<Dataset> {
  const checked = checkedArray(dataset, 'data')
  const { data, shape } = checked
  const length = product(shape)
  const copy = data instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length)
  await inSlices(length, signal, (from, to) => {
    copy.set(intact(data, length).subarray(from, to), from)
    checkFinite(copy.subarray(from, to), from, length / shape[0]!)
  })
  return { ...checked, data: copy }
}

/** Between two turns of the event loop an array may have been transferred or resized. */
function intact<Data extends Dataset['data']>(data: Data, length: number): Data {
  if (data.length !== length) throw new TypeError(expected(`${length} numbers until they are read`, 'data.data', data))
  return data
}

/** @throws TypeError or RangeError for what is no dataset in files; DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT for a file that is too short */
export async function checkedFiles({ files, type, shape, features }: FileDataset): Promise<FileDataset> {
  if (!Array.isArray(files) || files.length === 0) throw new TypeError(expected('a list of { path, offset, items }', 'data.files', files))
  if (!Object.hasOwn(bytesInFile, type)) throw new TypeError(expected(Object.keys(bytesInFile).join(', '), 'data.type', type))
  if (!isShape(shape)) throw new RangeError(expected(shapes, 'data.shape', shape))
  checkItems('data', shape[0]!)
  const itemBytes = product(shape.slice(1)) * bytesInFile[type]
  let n = 0
  for (const [i, { path, offset, items }] of (files as FileDataset['files']).entries()) {
    const name = `data.files[${i}]`
    if (typeof path !== 'string' || !isAbsolute(path)) throw new TypeError(expected('an absolute path', `${name}.path`, path))
    if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(expected('a number of bytes', `${name}.offset`, offset))
    if (!Number.isSafeInteger(items) || items < 1) throw new RangeError(expected('a number of items', `${name}.items`, items))
    const { size } = await stat(path).catch((cause: unknown) => {
      throw systemError(path, cause)
    })
    const end = offset + items * itemBytes
    if (size < end) throw formatError(path, `has ${size} bytes, but its ${items} items end at ${end}`)
    n += items
  }
  if (n !== shape[0]) throw new RangeError(expected(`${n} items, as \`data.files\` say,`, 'data.shape', shape))
  return { files, type, shape, ...(features && { features }) }
}

/** An array of rows as items. @throws TypeError or RangeError for one without rows, or whose first row is none */
export async function rowSource(rows: Rows, signal?: AbortSignal, name = 'data'): Promise<Source> {
  if (rows.length === 0) throw new RangeError(expected('at least one row', name, rows))
  const width = rows[0]?.length
  if (typeof width !== 'number' || typeof rows[0] === 'string') throw new TypeError(expected('an array of numbers', `${name}[0]`, rows[0]))
  checkItems(name, rows.length)
  let bytes = true
  await inSlices(rows.length, signal, (from, to) => {
    for (let i = from; i < to && bytes; ++i) bytes = rows[i] instanceof Uint8Array
  })
  return {
    name,
    type: bytes ? 'uint8' : 'float32',
    shape: [width],
    items: rows.length,
    async *blocks() {
      const atOnce = Math.max(1, Math.floor(sliceBytes / (8 * width)))
      for (let from = 0; from < rows.length; from += atOnce) {
        const to = Math.min(rows.length, from + atOnce)
        yield { data: fromRows(rows, from, to, width, bytes, name), share: to / rows.length }
      }
    }
  }
}

function fromRows(rows: Rows, from: number, to: number, width: number, bytes: boolean, name: string): Block['data'] {
  const data = bytes ? new Uint8Array((to - from) * width) : new Float32Array((to - from) * width)
  for (let i = from; i < to; ++i) {
    const row = rows[i]!
    if (!Array.isArray(row) && !ArrayBuffer.isView(row)) throw new TypeError(expected('an array of numbers', `${name}[${i}]`, row))
    if (row.length !== width) throw new RangeError(expected(`${width} numbers, as in the first row,`, `${name}[${i}]`, row.length))
    const at = (i - from) * width
    for (let j = 0; j < width; ++j) {
      if (typeof row[j] !== 'number') throw new TypeError(expected('a number', `${name}[${i}][${j}]`, row[j]))
      data[at + j] = row[j]!
    }
  }
  return data
}

/**
 * Batches that come one after another as items. Each is copied as it comes, so that its array may be used for the next.
 * @throws TypeError or RangeError for one that is none, or differs from the first; what the iterator throws
 */
export async function batchSource(batches: AsyncIterable<Batch>, signal?: AbortSignal): Promise<Source> {
  const iterator = batches[Symbol.asyncIterator]()
  const begin = await iterator.next()
  if (begin.done) throw new RangeError(expected('at least one batch', 'data', []))
  const first = await sourceOf(begin.value, 0, signal)
  return {
    name: 'the batches',
    type: first.type,
    shape: first.shape,
    ...(first.features && { features: first.features }),
    async *blocks() {
      try {
        for (let batch: IteratorResult<Batch> = begin, i = 0; !batch.done; batch = await iterator.next(), ++i) {
          const source = i === 0 ? first : await sourceOf(batch.value, i, signal)
          if (source.type !== first.type || source.shape.join() !== first.shape.join()) {
            const like = ({ type, shape }: Source): string => `items of [${shape.join(', ')}] as ${type}`
            throw new RangeError(expected(`${like(first)}, as in the first batch,`, source.name, source.shape) + ` as ${source.type}`)
          }
          for await (const { data } of source.blocks(signal)) yield { data }
        }
      } finally {
        await iterator.return?.()
      }
    }
  }
}

async function sourceOf(batch: Batch, i: number, signal?: AbortSignal): Promise<Source> {
  const name = `batch ${i}`
  if (isArrowTable(batch)) return arrowTableSource(batch)
  if (Array.isArray(batch)) return rowSource(batch as Rows, signal, name)
  const { data, shape, features } = checkedArray(batch as Dataset, name)
  return {
    name,
    type: data instanceof Uint8Array ? 'uint8' : 'float32',
    shape: shape.slice(1),
    items: shape[0]!,
    ...(features && { features }),
    async *blocks() {
      const atOnce = sliceBytes / data.BYTES_PER_ELEMENT
      for (let from = 0; from < data.length; from += atOnce) {
        yield { data: data.slice(from, from + atOnce) }
        await turn(signal)
      }
    }
  }
}
