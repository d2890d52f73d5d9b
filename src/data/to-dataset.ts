/** Whatever a caller gives as data, as a dataset in memory. */

import { copiedDataset } from './arrays.js'
import { isArrowColumn, isArrowTable } from './arrow-table.js'
import type { ReadOptions } from './collect.js'
import type { DataInput, Dataset, Items } from './dataset.js'
import { openItems, readAll } from './open.js'

/**
 * A checked dataset in memory. A dataset in plain memory is returned as it is, without a copy; one in shared memory is copied.
 * @throws as {@link openItems}
 */
export async function toDataset(input: DataInput, options: Omit<ReadOptions, 'memory'> = {}): Promise<Dataset> {
  const dataset = await readAll(input, options, true)
  return dataset.data.buffer instanceof ArrayBuffer ? dataset : { ...dataset, data: dataset.data.slice() }
}

/**
 * Items for work in native memory that goes on beside the caller's code: what lies in an `ArrayBuffer` of the caller's is copied, since that
 * could be transferred or resized meanwhile; shared memory is there as long as anyone holds it, and is read in place. What is too large for memory
 * lies in files; one that was written for it is there as long as anyone holds these items.
 * @throws as {@link openItems}
 */
export async function securedItems(input: DataInput, options: ReadOptions = {}): Promise<Items> {
  const given = input as Dataset
  const callers = typeof input === 'object' && input !== null && 'data' in input && !isArrowTable(input) && !isArrowColumn(input)
  return callers && given.data?.buffer instanceof ArrayBuffer ? copiedDataset(given, options.signal) : openItems(input, options)
}

/** As {@link toDataset}, for paths only, and of whatever numbers. */
export const readData = (pathOrName: string | readonly string[], options: Omit<ReadOptions, 'memory'> = {}): Promise<Dataset> =>
  readAll(pathOrName, options, false)
