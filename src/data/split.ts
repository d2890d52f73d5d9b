/** Part of a dataset held out. */

import type { Dataset } from './dataset.js'

/** Uniform numbers in 0..1 from a seed (mulberry32). */
function uniforms(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Split {
  readonly kept: Dataset
  readonly heldOut: Dataset
  /** Positions of the kept items, ascending. */
  readonly keptItems: Int32Array
}

/** Holds out `share` of the items (at least one, and not all), drawn by `seed`; the order of the items stays. */
export function split({ data, shape }: Dataset, share: number, seed: number): Split {
  const [n, ...item] = shape as [number, ...number[]]
  const count = Math.min(n - 1, Math.max(1, Math.round(share * n)))
  const uniform = uniforms(seed)
  const order = Int32Array.from({ length: n }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(uniform() * (n - i))
    ;[order[i], order[other]] = [order[other]!, order[i]!]
  }
  const size = data.length / n
  const take = (items: Int32Array): Dataset => {
    const part = data instanceof Uint8Array ? new Uint8Array(items.length * size) : new Float32Array(items.length * size)
    items.forEach((from, to) => part.set(data.subarray(from * size, (from + 1) * size), to * size))
    return { data: part, shape: [items.length, ...item] }
  }
  const keptItems = order.slice(count).sort()
  return { kept: take(keptItems), heldOut: take(order.slice(0, count).sort()), keptItems }
}
