/** Results of any size: items go through an operation of a model block by block. */

import { expected } from '../errors.js'
import type { DataInput, Items } from './dataset.js'
import { itemBytes, slice } from './items.js'
import { openItems } from './open.js'

/** The operations that answer item by item, and the numbers that they give. */
export interface ItemOperations {
  readonly predict: Int32Array
  readonly predictProba: Float32Array
  readonly transform: Float32Array
  readonly reconstruct: Float32Array
  readonly decode: Float32Array
  readonly elbo: Float32Array
}

const itemOperations: readonly (keyof ItemOperations)[] = ['predict', 'predictProba', 'transform', 'reconstruct', 'decode', 'elbo']

/** Results of items in a row: `[items, …]`. */
export interface ResultBlock<Data = Int32Array | Float32Array> {
  readonly data: Data
  readonly shape: readonly number[]
}

/** Options of `stream`. */
export interface StreamOptions {
  /** Stops the work within one batch. */
  signal?: AbortSignal | undefined
  /** Most bytes of items that are held in memory; larger data stay in their files, or are written to one in the cache. 1 GiB without this. */
  memory?: number | undefined
  /** Items of a block, from 1; without this as many as have 32 MB, 65,536 at most, fewer in the first. */
  items?: number | undefined
}

const blockBytes = 2 ** 25
const blockItems = 2 ** 16

/** How many results an item has is known after a block of so many; models work on batches of a power of two. */
const firstItems = 1024

/**
 * What an operation of a model gives of each item, in their order.
 * @throws TypeError if the model has no such operation, TypeError or RangeError for bad options; what reading and the operation throw
 */
export async function* streamed<Name extends keyof ItemOperations>(
  model: object,
  operation: Name,
  data: DataInput,
  { signal, memory, items: asked }: StreamOptions
): AsyncGenerator<ResultBlock<ItemOperations[Name]>, void, void> {
  const call = operationOf(model, operation)
  if (asked !== undefined && typeof asked !== 'number') throw new TypeError(expected('an integer from 1', 'items', asked))
  if (asked !== undefined && !(Number.isSafeInteger(asked) && asked >= 1)) throw new RangeError(expected('an integer from 1', 'items', asked))
  signal?.throwIfAborted()
  const items = await openItems(data, { ...(memory !== undefined && { memory }), ...(signal && { signal }) })
  const n = items.shape[0]!
  let atOnce = asked ?? Math.min(firstItems, itemsIn(itemBytes(items)))
  for (let from = 0; from < n; ) {
    const to = Math.min(n, from + atOnce)
    const block = blockOf(await call(slice(items, from, to), signal))
    from = to
    atOnce = asked ?? itemsIn(Math.max(itemBytes(items), block.data.byteLength / block.shape[0]!))
    yield block as ResultBlock<ItemOperations[Name]>
  }
}

/** Items that make a block, of so many bytes each. */
function itemsIn(bytes: number): number {
  const most = Math.min(blockItems, Math.max(1, Math.floor(blockBytes / bytes)))
  return most > firstItems ? most - (most % firstItems) : most
}

type Answer = Int32Array | Float32Array | ResultBlock

function operationOf(model: object, operation: string): (items: Items, signal: AbortSignal | undefined) => Promise<Answer> {
  const own = itemOperations.filter(name => name in model)
  if (!own.some(name => name === operation))
    throw new TypeError(
      expected(own.length > 0 ? `one of ${own.join(', ')}` : 'no operation (this model has none on new items)', 'operation', operation)
    )
  const methods = model as Readonly<Record<string, (items: Items, options: { signal: AbortSignal | undefined }) => Promise<Answer>>>
  return (items, signal) => methods[operation]!(items, { signal })
}

const blockOf = (answer: Answer): ResultBlock => ('shape' in answer ? answer : { data: answer, shape: [answer.length] })
