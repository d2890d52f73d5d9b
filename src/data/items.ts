/** Some of many items, read from where they lie. */

import type { FileHandle } from 'node:fs/promises'
import { readError } from '../file-errors.js'
import { type Dataset, type FileDataset, type Items, inFiles } from './dataset.js'
import { openFile, readUpTo } from './file.js'
import { product } from './layout.js'
import { bytesInFile, itemsOfBytes } from './source.js'
import { rowsAt } from './split.js'

/** Bytes of one item where it lies. */
export const itemBytes = (items: Items): number =>
  inFiles(items) ? product(items.shape.slice(1)) * bytesInFile[items.type] : items.data.byteLength / items.shape[0]!

/** Whether the items are bytes of 0..255. */
export const areBytes = (items: Items): boolean => (inFiles(items) ? items.type === 'uint8' : items.data instanceof Uint8Array)

/**
 * A copy of the items at some positions, in memory.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND or ERR_FILE_READ for a file that cannot be read any more
 */
export async function itemsAt(items: Items, positions: Int32Array): Promise<Dataset> {
  if (!inFiles(items)) return rowsAt(items, positions)
  const sides = items.shape.slice(1)
  const size = itemBytes(items)
  const bytes = new Uint8Array(positions.length * size)
  const handles = new Map<string, FileHandle>()
  try {
    for (const [i, position] of positions.entries()) {
      const { path, at } = placeOf(items, position, size)
      if (!handles.has(path)) handles.set(path, await openFile(path))
      const read = await readUpTo(path, handles.get(path)!, bytes.subarray(i * size, (i + 1) * size), at)
      if (read < size) throw readError(path, 'ends before its last item: it was cut since it was looked at')
    }
  } finally {
    await Promise.all([...handles.values()].map(handle => handle.close()))
  }
  return { data: itemsOfBytes(items.type, bytes), shape: [positions.length, ...sides] }
}

/** What slices of files are of: a file that was written for items is there as long as anyone holds these, or a slice of them. */
const whole = new WeakMap<FileDataset['files'], FileDataset['files']>()

/** Items `begin` … `end` - 1, where they lie. */
export function slice(items: Items, begin: number, end: number): Items {
  const shape = [end - begin, ...items.shape.slice(1)]
  if (!inFiles(items)) {
    const width = product(shape.slice(1))
    return { data: items.data.subarray(begin * width, end * width), shape }
  }
  const size = itemBytes(items)
  const files: FileDataset['files'][number][] = []
  let first = 0
  for (const { path, offset, items: count } of items.files) {
    const [from, to] = [Math.max(begin, first), Math.min(end, first + count)]
    if (from < to) files.push({ path, offset: offset + (from - first) * size, items: to - from })
    first += count
  }
  whole.set(files, items.files)
  return { ...items, files, shape }
}

function placeOf({ files }: FileDataset, position: number, size: number): { readonly path: string; readonly at: number } {
  let first = 0
  for (const { path, offset, items } of files) {
    if (position < first + items) return { path, at: offset + (position - first) * size }
    first += items
  }
  throw new RangeError(`There is no item ${position}`)
}
