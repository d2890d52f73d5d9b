/** Two labelings of the same items, compacted to counts. */

import { expected } from '../errors.js'
import { atOnce, itemsInStep, type Steps } from './steps.js'

/** Integers of any value, one per item. */
export type Labels = Int32Array | Uint8Array | readonly number[]

/** How often each label meets each cluster. */
export interface ConfusionMatrix {
  /** Row-major `[labels.length, clusters.length]`: items with this label in this cluster. */
  readonly counts: Float64Array
  /** The distinct labels, ascending: what the rows mean. */
  readonly labels: readonly number[]
  /** The distinct clusters, ascending: what the columns mean. */
  readonly clusters: readonly number[]
  /** Number of items. */
  readonly n: number
}

/**
 * The confusion matrix of two labelings of the same items. Labels may be any integers.
 * @throws TypeError for values that are not integers, RangeError for empty or unequally long labelings
 */
export function confusionMatrix(labels: Labels, clusters: Labels): ConfusionMatrix {
  return atOnce(confusionSteps(labels, clusters))
}

/**
 * As {@link confusionMatrix}, in steps.
 * @param items the positions in `labels` that the clusters are of, where they are not all
 */
export function* confusionSteps(labels: Labels, clusters: Labels, items?: Int32Array): Steps<ConfusionMatrix> {
  yield* checkLabels(labels, 'labels')
  yield* checkLabels(clusters, 'clusters')
  const n = items?.length ?? labels.length
  if (n !== clusters.length) throw new RangeError(expected(`as many entries as \`labels\` has (${n})`, 'clusters', clusters.length))
  const counts = new PairCounts()
  for (let from = 0; from < n; from += itemsInStep) {
    for (let i = from; i < Math.min(n, from + itemsInStep); ++i) counts.add(labels[items ? items[i]! : i]!, clusters[i]!)
    yield
  }
  return yield* counts.matrix()
}

/** Sums of the rows and of the columns. */
export function marginals(matrix: ConfusionMatrix): { readonly rows: Float64Array; readonly columns: Float64Array } {
  const rows = new Float64Array(matrix.labels.length)
  const columns = new Float64Array(matrix.clusters.length)
  for (let row = 0; row < rows.length; ++row) {
    for (let column = 0; column < columns.length; ++column) {
      const count = matrix.counts[row * columns.length + column]!
      rows[row]! += count
      columns[column]! += count
    }
  }
  return { rows, columns }
}

function* checkLabels(labels: Labels, name: string): Steps<void> {
  const list = Array.isArray(labels)
  if (!list && !(labels instanceof Int32Array) && !(labels instanceof Uint8Array)) {
    throw new TypeError(expected('an Int32Array, a Uint8Array or an array of integers', name, labels))
  }
  if (labels.length === 0) throw new RangeError(expected('at least one entry', name, 0))
  if (!list) return
  for (let i = 0; i < labels.length; ++i) {
    if (!Number.isInteger(labels[i])) throw new TypeError(expected('integers', `${name}[${i}]`, labels[i]))
    if (i % itemsInStep === itemsInStep - 1) yield
  }
}

/** Values from 0 to here have their codes in a table, others in a map. */
const tableLength = 2 ** 16

/** Distinct integers, numbered in the order in which they come. */
class Codes {
  readonly values: number[] = []
  /** One more than the code; 0 for what has not come yet. */
  readonly #table = new Int32Array(tableLength)
  readonly #others = new Map<number, number>()

  of(value: number): number {
    if (value >= 0 && value < tableLength) return (this.#table[value] ||= this.values.push(value)) - 1
    let code = this.#others.get(value)
    if (code === undefined) this.#others.set(value, (code = this.values.push(value) - 1))
    return code
  }

  /** The codes in ascending order of their values. */
  get sorted(): Int32Array {
    return Int32Array.from(this.values.keys()).sort((a, b) => this.values[a]! - this.values[b]!)
  }
}

/** How often each label meets each cluster, while they come. */
class PairCounts {
  readonly #labels = new Codes()
  readonly #clusters = new Codes()
  #height = 16
  #width = 16
  #counts = new Float64Array(this.#height * this.#width)
  #n = 0

  add(label: number, cluster: number): void {
    const row = this.#labels.of(label)
    const column = this.#clusters.of(cluster)
    if (row >= this.#height || column >= this.#width) this.#grow()
    this.#counts[row * this.#width + column]! += 1
    this.#n += 1
  }

  *matrix(): Steps<ConfusionMatrix> {
    const [rows, columns] = [this.#labels.sorted, this.#clusters.sorted]
    const width = columns.length
    const counts = new Float64Array(rows.length * width)
    for (let i = 0; i < rows.length; ++i) {
      const row = this.#counts.subarray(rows[i]! * this.#width, (rows[i]! + 1) * this.#width)
      for (let j = 0; j < width; ++j) counts[i * width + j] = row[columns[j]!]!
      yield
    }
    const named = (codes: Int32Array, { values }: Codes): number[] => Array.from(codes, code => values[code]!)
    return { counts, labels: named(rows, this.#labels), clusters: named(columns, this.#clusters), n: this.#n }
  }

  #grow(): void {
    const [counts, height, width] = [this.#counts, this.#height, this.#width]
    if (this.#labels.values.length > height) this.#height *= 2
    if (this.#clusters.values.length > width) this.#width *= 2
    this.#counts = new Float64Array(this.#height * this.#width)
    for (let row = 0; row < height; ++row) this.#counts.set(counts.subarray(row * width, (row + 1) * width), row * this.#width)
  }
}
