/** Items from wherever they come into memory or, where they are too large for it, into a file. */

import { resolve } from 'node:path'
import { expected } from '../errors.js'
import { formatError } from '../file-errors.js'
import type { Dataset, FileDataset, Items } from './dataset.js'
import { openFile, readExactly } from './file.js'
import { allocate, product } from './layout.js'
import type { Bytes } from './numbers.js'
import { bytesInFile, bytesInMemory, checkItems, itemsOfBytes, type Source } from './source.js'
import { Spool, type SpoolKey } from './spool.js'
import { sliceBytes, turn } from './turns.js'

/** How far reading has come. */
export interface ReadProgress {
  /** Items that have been read. */
  readonly items: number
  /** How much of everything that is, 0 to 1, where it is known. */
  readonly share?: number
  /** Where they go: into memory, or into a file at `path`. */
  readonly to: 'memory' | 'file'
  readonly path?: string
}

export interface ReadOptions {
  /** Most bytes of items that are held in memory; larger data stay in their files, or are written to one in the cache. Default: {@link defaultMemory} */
  readonly memory?: number
  /** Stops reading. */
  readonly signal?: AbortSignal
  readonly onProgress?: (event: ReadProgress) => void
}

/**
 * 1 GiB: what a machine of 8 GB spares beside libtorch, its networks and the copy that a fit makes. Items of it are read in a second, so mapping less would gain
 * nothing.
 */
export const defaultMemory = 2 ** 30

/** @throws TypeError or RangeError for what is no number of bytes */
export function checkMemory(memory: unknown): asserts memory is number {
  if (typeof memory !== 'number') throw new TypeError(expected('a number of bytes', 'memory', memory))
  if (!(memory >= 0)) throw new RangeError(expected('a number of bytes from 0', 'memory', memory))
}

/** Options as the readers hand them on. */
export interface Reading {
  readonly memory: number
  readonly signal: AbortSignal | undefined
  readonly onProgress: ReadOptions['onProgress']
  /** Whether floats must be finite. */
  readonly finite: boolean
}

/** @throws RangeError naming the first number that is not finite; `first` is the position of the block's first number in all data */
export function checkFinite(data: Float32Array | Uint8Array, first: number, width: number): void {
  if (data instanceof Uint8Array) return
  // A sum is not finite if a term is not; it is much faster than a test of each, and when it fails each is tested.
  let sum = 0
  for (let i = 0; i < data.length; ++i) sum += data[i]! * 0
  if (sum === 0) return
  const wrong = data.findIndex(value => !Number.isFinite(value))
  const at = first + wrong
  throw new RangeError(expected('finite numbers', `data[${Math.floor(at / width)}][${at % width}]`, data[wrong]))
}

/** Where blocks go. */
interface Target {
  readonly to: 'memory' | 'file'
  readonly path?: string
}

/**
 * All items of a source: in memory up to `memory` bytes of them, else in a file.
 * @param key by which that file is found again; without one it is removed when nobody holds the items any more
 * @throws what reading throws; DeepClusteringError ERR_FILE_WRITE. Nothing half-written is left behind
 */
export async function collect(source: Source, reading: Reading, key?: SpoolKey): Promise<Items> {
  const { memory, signal, onProgress, finite } = reading
  const width = product(source.shape)
  const itemBytes = width * bytesInMemory(source.type)
  if (source.items !== undefined && source.items * itemBytes <= memory) return gather(source, reading)
  const held: (Float32Array | Uint8Array)[] = []
  let spool = source.items === undefined ? undefined : await Spool.create()
  let numbers = 0
  try {
    for await (const { data, share } of source.blocks(signal)) {
      if (finite) checkFinite(data, numbers, width)
      numbers += data.length
      checkItems(source.name, Math.floor(numbers / width))
      if (!spool && (numbers / width) * itemBytes > memory) {
        spool = await Spool.create()
        for (const block of held.splice(0)) await spool.write(block)
      }
      if (spool) await spool.write(data)
      else held.push(data)
      report(onProgress, numbers / width, share, spool ? { to: 'file', path: spool.path } : { to: 'memory' })
      await turn(signal)
    }
    const n = itemsOf(source, numbers)
    const head = { shape: [n, ...source.shape], ...(source.features && { features: source.features }) }
    if (spool) return await spool.finish({ type: source.type === 'uint8' ? 'uint8' : 'float32', ...head }, key)
    const all = allocate(source.name, source.type === 'uint8' ? 'byte' : 'float', numbers) as Dataset['data']
    let at = 0
    for (const [i, block] of held.entries()) {
      all.set(block, at)
      at += block.length
      // Freed as it goes.
      held[i] = all.subarray(0, 0)
      await turn(signal)
    }
    return { data: all, ...head }
  } catch (error) {
    await spool?.discard()
    throw error
  }
}

/** All items of a source that says how many there are, in one array. */
async function gather(source: Source, { signal, onProgress, finite }: Reading): Promise<Dataset> {
  const { name, type, shape, items, features } = source
  const width = product(shape)
  const data = allocate(name, type === 'uint8' ? 'byte' : 'float', items! * width) as Dataset['data']
  let numbers = 0
  for await (const block of source.blocks(signal)) {
    if (finite) checkFinite(block.data, numbers, width)
    if (numbers + block.data.length > data.length) throw formatError(name, `has more than the ${items} items that it declares`)
    data.set(block.data, numbers)
    numbers += block.data.length
    report(onProgress, numbers / width, block.share, { to: 'memory' })
    await turn(signal)
  }
  itemsOf(source, numbers)
  return { data, shape: [items!, ...shape], ...(features && { features }) }
}

function itemsOf({ name, shape, items }: Source, numbers: number): number {
  const n = numbers / product(shape)
  if (items !== undefined && n !== items) throw formatError(name, `has ${n} items, but declares ${items}`)
  if (n === 0) throw formatError(name, 'has no items')
  return n
}

function report(onProgress: ReadOptions['onProgress'], items: number, share: number | undefined, target: Target): void {
  onProgress?.({ items: Math.floor(items), ...(share !== undefined && { share }), ...target })
}

/** Sources that all lie in files as native code reads them, as one dataset there. */
export function filesOf(sources: readonly Source[]): FileDataset | undefined {
  if (!sources.every(({ file }) => file)) return undefined
  const { type, shape } = sources[0]!
  const files = sources.map(({ file, items }) => ({ path: resolve(file!.path), offset: file!.offset, items: items! }))
  const n = files.reduce((all, { items }) => all + items, 0)
  checkItems(files[0]!.path, n)
  return { files, type, shape: [n, ...shape] }
}

/** Bytes that a dataset in files takes in memory. */
export const bytesHeld = ({ type, shape }: FileDataset): number => product(shape) * bytesInMemory(type)

/**
 * A dataset in files, read into memory; `float16` and `int8` become floats.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT; RangeError for numbers that are not finite
 */
export async function loadFiles({ files, type, shape, features }: FileDataset, { signal, onProgress, finite }: Reading): Promise<Dataset> {
  const width = product(shape.slice(1))
  const data = allocate(files[0]!.path, type === 'uint8' ? 'byte' : 'float', product(shape)) as Dataset['data']
  const bytes = bytesInFile[type]
  const direct = bytes === data.BYTES_PER_ELEMENT
  const atOnce = sliceBytes / bytes
  let at = 0
  for (const { path, offset, items } of files) {
    await using file = await openFile(path)
    const end = at + items * width
    for (const first = at; at < end; ) {
      const slice = data.subarray(at, Math.min(end, at + atOnce))
      const position = offset + (at - first) * bytes
      if (direct) await readExactly(path, file, new Uint8Array(slice.buffer, slice.byteOffset, slice.byteLength), position)
      else {
        const raw: Bytes = new Uint8Array(slice.length * bytes)
        await readExactly(path, file, raw, position)
        slice.set(itemsOfBytes(type, raw))
      }
      if (finite) checkFinite(slice, at, width)
      at += slice.length
      report(onProgress, at / width, at / data.length, { to: 'memory' })
      await turn(signal)
    }
  }
  return { data, shape, ...(features && { features }) }
}
