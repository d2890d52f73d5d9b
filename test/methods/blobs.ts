/** Points whose clusters are known. */

import type { Dataset } from '../../src/data/index.js'

export interface Blobs {
  readonly data: Dataset & { readonly data: Float32Array }
  /** The blob of each item. */
  readonly labels: Int32Array
}

/** Uniform numbers in 0..1, always the same. */
function uniforms(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** `n` items in `clusters` well separated blobs of deviation 0.3, item i in blob i mod `clusters`. */
export function blobs({ n = 600, clusters = 3, features = 8, seed = 1 } = {}): Blobs {
  const uniform = uniforms(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const labels = Int32Array.from({ length: n }, (_, item) => item % clusters)
  const data = new Float32Array(n * features)
  for (let item = 0; item < n; item++) {
    // The corners of a simplex are equally far from each other.
    for (let feature = 0; feature < features; feature++)
      data[item * features + feature] = (feature % clusters === labels[item] ? 3 : 0) + 0.3 * normal()
  }
  return { data: { data, shape: [n, features] }, labels }
}
