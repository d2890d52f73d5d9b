/** Items of a dataset drawn by a seed, and part of it held out. */

import type { Dataset } from './dataset.js'

/** Uniform numbers in 0..1 from a seed (mulberry32). */
export function uniforms(seed: number): () => number {
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

/** `count` of n positions, drawn without repeats: ascending. */
export function draw(n: number, count: number, seed: number): Int32Array {
  const uniform = uniforms(seed)
  const drawn = new Int32Array(count)
  // What stands where after the swaps of a shuffle; of few draws among many, only what has moved is kept.
  const moved = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(uniform() * (n - i))
    drawn[i] = moved.get(other) ?? other
    moved.set(other, moved.get(i) ?? i)
  }
  return drawn.sort()
}

/** A copy of the items at some positions. */
export function rowsAt({ data, shape }: Dataset, items: Int32Array): Dataset {
  const size = data.length / shape[0]!
  const part = data instanceof Uint8Array ? new Uint8Array(items.length * size) : new Float32Array(items.length * size)
  items.forEach((from, to) => part.set(data.subarray(from * size, (from + 1) * size), to * size))
  return { data: part, shape: [items.length, ...shape.slice(1)] }
}

/** Holds out `share` of the items (at least one, and not all), drawn by `seed`; the order of the items stays. */
export function split(dataset: Dataset, share: number, seed: number): Split {
  const n = dataset.shape[0]!
  const heldOut = draw(n, Math.min(n - 1, Math.max(1, Math.round(share * n))), seed)
  const keptItems = new Int32Array(n - heldOut.length)
  for (let item = 0, to = 0, next = 0; item < n; item++) {
    if (item === heldOut[next]) next++
    else keptItems[to++] = item
  }
  return { kept: rowsAt(dataset, keptItems), heldOut: rowsAt(dataset, heldOut), keptItems }
}
