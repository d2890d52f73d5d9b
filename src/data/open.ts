/** Whatever a caller gives as data, as checked items in memory or in files. */

import { expected } from '../errors.js'
import { batchSource, checkedDataset, checkedFiles, rowSource } from './arrays.js'
import { arrowColumnSource, arrowTableSource } from './arrow.js'
import { isArrowColumn, isArrowTable } from './arrow-table.js'
import { bytesHeld, checkMemory, collect, defaultMemory, filesOf, loadFiles, type Reading, type ReadOptions } from './collect.js'
import { type Batch, type DataInput, type Dataset, type Items, inFiles, type Rows } from './dataset.js'
import { readStart } from './file.js'
import { openFiles, openPlace } from './open-source.js'
import { filesBehind, type Place, placesOf } from './places.js'
import { openInThread } from './reader-thread.js'
import { joined, type Source } from './source.js'
import { findSpool, type SpoolKey, spoolKey } from './spool.js'

/** A text of this size is parsed sooner than a thread is started. */
const smallText = 2 ** 20

/** @throws TypeError or RangeError for options that are not right */
function checkedReading({ memory = defaultMemory, signal, onProgress }: ReadOptions): Reading {
  checkMemory(memory)
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError(expected('an AbortSignal', 'signal', signal))
  if (onProgress !== undefined && typeof onProgress !== 'function') throw new TypeError(expected('a function', 'onProgress', onProgress))
  return { memory, signal, onProgress, finite: true }
}

/**
 * Whatever a caller gives, as checked items: up to `memory` bytes of them in memory, more in files. NPY (little-endian, row-major; float32, float16, uint8, int8)
 * and unpacked IDX of bytes are left where they are; everything else that is large is written, once, to a file in the cache that is found again as long as its
 * source does not change.
 * @throws TypeError or RangeError for data of the wrong type, shape or length, or that are not finite (those that stay in their files are not looked at);
 *   DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, ERR_FILE_FORMAT, ERR_FILE_WRITE, ERR_QUERY, or ERR_HYPARQUET_MISSING, ERR_ARROW_MISSING and
 *   ERR_DUCKDB_MISSING for an optional package that the data need; `signal.reason` when aborted
 *
 * @example
 * const items = await openItems('shards/*.parquet', { memory: 4e9 })
 */
export async function openItems(input: DataInput, options: ReadOptions = {}): Promise<Items> {
  const reading = checkedReading(options)
  reading.signal?.throwIfAborted()
  return read(input, reading)
}

/** Items, with all numbers in memory whatever their size. */
export async function readAll(input: DataInput, options: Omit<ReadOptions, 'memory'>, finite: boolean): Promise<Dataset> {
  const reading = { ...checkedReading(options), memory: Infinity, finite }
  const items = await read(input, reading)
  return inFiles(items) ? loadFiles(items, reading) : items
}

async function read(input: DataInput, reading: Reading): Promise<Items> {
  const { signal } = reading
  if (typeof input === 'string' || (Array.isArray(input) && input.length > 0 && input.every(item => typeof item === 'string')))
    return readPlace(await placesOf(input as string | readonly string[], 'data'), reading)
  if (Array.isArray(input)) return collect(await rowSource(input as Rows, signal), reading)
  if (isArrowTable(input)) return collect(arrowTableSource(input), reading)
  if (isArrowColumn(input)) return collect(arrowColumnSource(input), reading)
  if (typeof input === 'object' && input !== null) {
    if (Symbol.asyncIterator in input) return collect(await batchSource(input as AsyncIterable<Batch>, signal), reading)
    if ('files' in input) return checkedFiles(input)
  }
  return checkedDataset(input as Dataset, signal)
}

async function readPlace(place: Place, reading: Reading): Promise<Items> {
  const { memory, signal } = reading
  const inMemory = async (key?: SpoolKey): Promise<Items> => {
    const source = (await needsThread(place)) ? await openInThread(place, signal) : await openPlace(place, signal)
    return collected(source, reading, key)
  }
  if ('query' in place) return inMemory()
  if (place.every(({ format }) => format === 'npy' || format === 'idx')) {
    const sources = await openFiles(place)
    const all = joined(sources)
    const files = filesOf(sources)
    if (files) return bytesHeld(files) <= memory ? loadFiles(files, reading) : files
    if (memory === Infinity) return collect(all, reading)
  }
  if (memory === Infinity) return inMemory()
  const key = await spoolKey(await filesBehind(place))
  const spooled = await findSpool(key)
  if (!spooled) return inMemory(key)
  return bytesHeld(spooled) <= memory ? loadFiles(spooled, reading) : spooled
}

async function collected(source: Source, reading: Reading, key: SpoolKey | undefined): Promise<Items> {
  try {
    return await collect(source, reading, key)
  } finally {
    source.close?.()
  }
}

/** Whether parsing would hold up the event loop, or keep it busy for long. */
async function needsThread(place: Place): Promise<boolean> {
  if ('query' in place) return true
  let text = 0
  for (const { path, format } of place) {
    if (format === 'images' || format === 'parquet' || format === 'arrow') return true
    if (format === 'csv') text += (await readStart(path, 0)).size
  }
  return text > smallText
}
