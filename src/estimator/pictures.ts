/** What methods add to the recording of an ended run, under the names that the report knows (docs/report.md). */

import type { OptionValues, Tensor, Tensors } from '../native/addon.js'
import { checkedTraversal, fixedValues, type LatentCode, traversalOf } from './codes.js'
import type { PicturedRun } from './method.js'
import { clustersOf } from './run-record.js'

/** Generated items of each cluster, and of a model without clusters in all. */
const drawn = 10

/** Numbers of a picture, at most: of more and larger items fewer are made, or none. */
const mostNumbers = 2 ** 24

/** How many items of each of `rows` fit into a picture. */
const affordable = (rows: number, shape: readonly number[]): number =>
  Math.floor(mostNumbers / (rows * shape.reduce((product, side) => product * side, 1)))

/** The posterior that a generated item must reach where the mixture can give it. */
const surePosterior = 0.999

/** `prototypes` `[k, …]`: the decoded centres, or the centres themselves where the items are clustered as they are. */
export async function prototypes({ options, shape, generate }: PicturedRun): Promise<Tensors> {
  return affordable(options.clusters as number, shape) < 1 ? {} : generate('prototypes', {})
}

/** `samples` `[k, count, …]`: items drawn from each component of a mixture. */
export async function clusterSamples({ options, shape, generate }: PicturedRun): Promise<Tensors> {
  const count = Math.min(drawn, affordable(options.clusters as number, shape))
  if (count < 1) return {}
  const draw = async (cluster: number): Promise<Tensor> => {
    const values = { cluster, count, seed: 0 }
    // A component that others overlap seldom or never gives so sure an item.
    const { samples } = await generate('sample', { ...values, minPosterior: surePosterior }).catch(() =>
      generate('sample', { ...values, minPosterior: 0 })
    )
    return samples!
  }
  const rows: Tensor[] = []
  for (let cluster = 0; cluster < (options.clusters as number); cluster++) rows.push(await draw(cluster))
  return { samples: stacked(rows) }
}

/** `samples` `[rows, count, …]` of a model without clusters. @param values what its operation `sample` takes beside count and seed */
export async function priorSamples({ shape, generate }: PicturedRun, values: OptionValues = {}): Promise<Tensors> {
  const rows = 4
  const columns = Math.min(drawn, affordable(rows, shape))
  if (columns < 1) return {}
  const { samples } = await generate('sample', { ...values, count: rows * columns, seed: 0 })
  return { samples: { data: samples!.data, shape: [rows, columns, ...shape] } }
}

/** `samples` `[k, count, …]`: items of each category of the first code. */
export async function categorySamples({ shape, generate }: PicturedRun, codes: readonly LatentCode[]): Promise<Tensors> {
  const [first] = codes
  const count = Math.min(drawn, affordable(first!.size, shape))
  if (count < 1) return {}
  const rows: Tensor[] = []
  for (let category = 0; category < first!.size; category++) {
    rows.push((await generate('sample', { count, seed: 0, codes: fixedValues(codes, { [first!.name]: category }) })).samples!)
  }
  return { samples: stacked(rows) }
}

/** `traversal.NAME` `[rows, steps, …]` and `steps.NAME` `[steps]` of each code: what it does, from its first category to its last, or from -2 to 2. */
export async function traversals({ shape, generate }: PicturedRun, codes: readonly LatentCode[]): Promise<Tensors> {
  const pictures: Record<string, Tensor> = {}
  for (const { name } of codes) {
    const { native, values } = checkedTraversal({ code: name }, codes)
    const rows = Math.min(native.rows as number, affordable(values.length, shape))
    if (rows < 1) continue
    const { items } = traversalOf(await generate('traverse', { ...native, rows }), values)
    pictures[`traversal.${name}`] = items
    pictures[`steps.${name}`] = { data: Float32Array.from(values), shape: [values.length] }
  }
  return pictures
}

function stacked(rows: readonly Tensor[]): Tensor {
  const size = rows[0]!.data.length
  const data = new Float32Array(rows.length * size)
  rows.forEach((row, i) => data.set(row.data as Float32Array, i * size))
  return { data, shape: [rows.length, ...rows[0]!.shape] }
}

/**
 * The clusters of each period and what became of them: `levels.counts` `[p]`, `levels.sizes` and `levels.parents` one after
 * another (the parent is a cluster of the next level, -1 on the last), `levels.items` `[p, m]` the clusters of the kept items.
 * @param partitions int32 `[p, n]`, each coarser than the one before
 * @param of the items that the partitions are of, ascending, where they are not all: other kept items have cluster -1
 */
export function levelsOf({ data, shape }: Tensor, items: Int32Array, of?: Int32Array): Tensors {
  const [periods, n] = shape as [number, number]
  const level = (period: number): Int32Array => (data as Int32Array).subarray(period * n, (period + 1) * n)
  const counts: number[] = []
  const sizes: number[] = []
  const parents: number[] = []
  const kept = new Int32Array(periods * items.length)
  for (let period = 0; period < periods; period++) {
    const labels = level(period)
    const above = period + 1 < periods ? level(period + 1) : undefined
    const count = labels.reduce((most, label) => Math.max(most, label + 1), 0)
    const [own, parent] = [new Array<number>(count).fill(0), new Array<number>(count).fill(-1)]
    labels.forEach((label, item) => {
      own[label]!++
      if (above) parent[label] = above[item]!
    })
    counts.push(count)
    sizes.push(...own)
    parents.push(...parent)
    kept.set(clustersOf(items, labels, of), period * items.length)
  }
  const row = (values: readonly number[]): Tensor => ({ data: Int32Array.from(values), shape: [values.length] })
  return {
    'levels.counts': row(counts),
    'levels.sizes': row(sizes),
    'levels.parents': row(parents),
    'levels.items': { data: kept, shape: [periods, items.length] }
  }
}

/**
 * A merge tree: `merges.pairs` `[c - 1, 2]` and `merges.affinities` `[c - 1]` as {@link MergeTree} has them, `merges.sizes` `[c]` of
 * the first clusters, `merges.items` `[m]` the first cluster of each kept item.
 */
export function mergesOf({ start, merges, affinities }: Tensors, items: Int32Array): Tensors {
  const first = start!.data as Int32Array
  const sizes = new Int32Array(merges!.shape[0]! + 1)
  for (const cluster of first) sizes[cluster]!++
  return {
    'merges.pairs': merges!,
    'merges.affinities': affinities!,
    'merges.sizes': { data: sizes, shape: [sizes.length] },
    'merges.items': { data: Int32Array.from(items, item => first[item]!), shape: [items.length] }
  }
}
