/** Items on their way into memory or a file, whatever they come from. */

import { expected } from '../errors.js'
import { formatError } from '../file-errors.js'
import type { FileDataset } from './dataset.js'
import { inPlace, type Layout, numbersOf, product } from './layout.js'
import { type Bytes, type Numbers, numberTypes, typeNamed } from './numbers.js'

/** Some of the numbers of some items, in order. */
export interface Block {
  readonly data: Float32Array | Uint8Array
  /** How much of everything has been read, 0 to 1, where that is known. */
  readonly share?: number
}

/** What is known of items before they are read. */
export interface SourceHead {
  /** What errors call it: a path, a query, … */
  readonly name: string
  /** In memory `float16` and `int8` become floats. */
  readonly type: FileDataset['type']
  /** Of one item. */
  readonly shape: readonly number[]
  /** How many there are, where that is known. */
  readonly items?: number | undefined
  readonly features?: readonly string[] | undefined
}

/** Items that can be read. */
export interface Source extends SourceHead {
  /** Where the items lie as native code reads them. */
  readonly file?: { readonly path: string; readonly offset: number }
  blocks(signal?: AbortSignal): AsyncIterable<Block>
  /** Frees what is held for blocks that nobody will read. */
  close?(): void
}

/** Positions of items are 32-bit numbers. */
export const mostItems = 2 ** 31 - 1

/** @throws RangeError for more items than can be told apart by a position */
export function checkItems(name: string, items: number): void {
  if (items > mostItems) throw new RangeError(expected(`at most ${mostItems} items`, 'data', items) + ` (${name})`)
}

/** Numbers of items as they are held in memory: bytes stay bytes, all others are floats. */
export const inMemory = (numbers: Numbers): Float32Array | Uint8Array => (numbers instanceof Int32Array ? new Float32Array(numbers) : numbers)

/** Bytes that one number of this type takes in memory. */
export const bytesInMemory = (type: FileDataset['type']): number => (type === 'uint8' ? 1 : 4)

/** What holds the types of a dataset in files, under numpy's names. */
const inFile = { float32: numberTypes.f4, float16: numberTypes.f2, uint8: numberTypes.u1, int8: numberTypes.i1 } as const

/** Bytes that one number of this type takes in a file. */
export const bytesInFile = {
  float32: inFile.float32.bytes,
  float16: inFile.float16.bytes,
  uint8: inFile.uint8.bytes,
  int8: inFile.int8.bytes
} as const

/** Items of a dataset in files as they are held in memory; a view where their bytes fit. */
export const itemsOfBytes = (type: FileDataset['type'], bytes: Bytes): Float32Array | Uint8Array => inMemory(inFile[type].convert(bytes))

/** An array in a file as items. @throws DeepClusteringError ERR_FILE_FORMAT if its shape is not one of items */
export function layoutSource(layout: Layout): Source {
  const { path, offset, shape, type } = layout
  if (shape.length < 2 || shape.length > 4 || shape.includes(0)) {
    throw formatError(path, `has the shape [${shape.join(', ')}]; items are [n, d], [n, height, width] or [n, channels, height, width]`)
  }
  const [items, ...sides] = shape as [number, ...number[]]
  checkItems(path, items)
  const raw = inPlace(layout)
  return {
    name: path,
    type: raw ?? (typeNamed(type).kind === 'byte' ? 'uint8' : 'float32'),
    shape: sides,
    items,
    ...(raw && { file: { path, offset } }),
    async *blocks(signal) {
      const length = product(shape)
      let read = 0
      for await (const numbers of numbersOf(layout, signal)) {
        read += numbers.length
        yield { data: inMemory(numbers), share: read / length }
      }
    }
  }
}

/**
 * Several sources as one, in order.
 * @throws DeepClusteringError ERR_FILE_FORMAT naming the first whose items differ from those of the first one
 */
export function joined(sources: readonly Source[]): Source {
  const first = sources[0]!
  if (sources.length === 1) return first
  const like = ({ type, shape }: Source): string => `items [${shape.join(', ')}] of ${type}`
  for (const source of sources)
    if (like(source) !== like(first)) throw formatError(source.name, `has ${like(source)}, but ${first.name} has ${like(first)}`)
  const known = sources.every(({ items }) => items !== undefined)
  const items = known ? sources.reduce((all, { items }) => all + items!, 0) : undefined
  if (items !== undefined) checkItems(first.name, items)
  return {
    name: `${first.name} and ${sources.length - 1} more`,
    type: first.type,
    shape: first.shape,
    items,
    features: first.features,
    async *blocks(signal) {
      for (const [i, source] of sources.entries())
        for await (const { data, share } of source.blocks(signal)) yield { data, ...(share !== undefined && { share: (i + share) / sources.length }) }
    }
  }
}
