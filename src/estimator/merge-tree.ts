/** The tree of an agglomeration: which clusters became one, in turn. */

import { expected } from '../errors.js'

/** A {@link MergeTree} as plain data. */
export interface MergeTreeJson {
  /** Number of items. */
  readonly n: number
  /** The first cluster of each item, 0 .. c - 1. */
  readonly start: readonly number[]
  /** Entry r: clusters `a` and `b`, of `affinity`, became cluster c + r of `size` items. */
  readonly merges: readonly { readonly a: number; readonly b: number; readonly affinity: number; readonly size: number }[]
}

/** The clusters that an agglomeration began with, and its merges down to one cluster. */
export class MergeTree {
  /** The first cluster of each item, 0 .. {@link MergeTree.firstClusters} - 1; length n. */
  readonly start: Int32Array
  /** Pairs of clusters, two entries a merge: those of merge r became cluster `firstClusters + r`. */
  readonly merges: Int32Array
  /** The affinity of each pair when it was merged; 0 where there was none, and the nearest were taken. */
  readonly affinities: Float64Array

  constructor(start: Int32Array, merges: Int32Array, affinities: Float64Array) {
    this.start = start
    this.merges = merges
    this.affinities = affinities
  }

  /** The clusters that merging began with, and the most that {@link MergeTree.cut} can give. */
  get firstClusters(): number {
    return this.merges.length / 2 + 1
  }

  /**
   * The cluster of each item when `clusters` are left, numbered by their first items.
   * @throws TypeError or RangeError if `clusters` is not an integer from 1 to {@link MergeTree.firstClusters}
   */
  cut(clusters: number): Int32Array {
    const first = this.firstClusters
    if (typeof clusters !== 'number') throw new TypeError(expected(`an integer from 1 to ${first}`, 'clusters', clusters))
    if (!Number.isInteger(clusters) || clusters < 1 || clusters > first)
      throw new RangeError(expected(`an integer from 1 to ${first}`, 'clusters', clusters))
    const merged = first - clusters
    // From the last merge to the first, each cluster takes over what it became part of.
    const whole = Int32Array.from({ length: first + merged }, (_, cluster) => cluster)
    for (let r = merged - 1; r >= 0; r--) whole[this.merges[2 * r]!] = whole[this.merges[2 * r + 1]!] = whole[first + r]!
    const names = new Map<number, number>()
    return this.start.map(cluster => {
      const group = whole[cluster]!
      if (!names.has(group)) names.set(group, names.size)
      return names.get(group)!
    })
  }

  /** Newick's format: the leaves are positions of items, the inner nodes clusters, `c0` the first of them. */
  toNewick(): string {
    const first = this.firstClusters
    const leaves = Array.from({ length: first }, (): number[] => [])
    this.start.forEach((cluster, item) => leaves[cluster]!.push(item))
    const text = leaves.map((items, cluster) => `(${items.join(',')})c${cluster}`)
    for (let r = 0; 2 * r < this.merges.length; r++) text.push(`(${text[this.merges[2 * r]!]!},${text[this.merges[2 * r + 1]!]!})c${first + r}`)
    return `${text.at(-1)!};`
  }

  toJSON(): MergeTreeJson {
    const sizes = new Array<number>(this.firstClusters).fill(0)
    for (const cluster of this.start) sizes[cluster]!++
    const merges = Array.from(this.affinities, (affinity, r) => {
      const [a, b] = [this.merges[2 * r]!, this.merges[2 * r + 1]!]
      const size = sizes[a]! + sizes[b]!
      sizes.push(size)
      return { a, b, affinity, size }
    })
    return { n: this.start.length, start: [...this.start], merges }
  }
}
