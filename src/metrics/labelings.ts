/** Two labelings of the same items, compacted to counts. */

import { expected } from '../errors.js'

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
  checkLabels(labels, 'labels')
  checkLabels(clusters, 'clusters')
  if (labels.length !== clusters.length) {
    throw new RangeError(expected(`as many entries as \`labels\` has (${labels.length})`, 'clusters', clusters.length))
  }
  const rows = compact(labels)
  const columns = compact(clusters)
  const counts = new Float64Array(rows.values.length * columns.values.length)
  const width = columns.values.length
  for (let i = 0; i < labels.length; ++i) counts[rows.codes[i]! * width + columns.codes[i]!]! += 1
  return { counts, labels: rows.values, clusters: columns.values, n: labels.length }
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

function checkLabels(labels: Labels, name: string): void {
  const list = Array.isArray(labels)
  if (!list && !(labels instanceof Int32Array) && !(labels instanceof Uint8Array)) {
    throw new TypeError(expected('an Int32Array, a Uint8Array or an array of integers', name, labels))
  }
  if (labels.length === 0) throw new RangeError(expected('at least one entry', name, 0))
  if (!list) return
  const wrong = labels.findIndex(value => !Number.isInteger(value))
  if (wrong >= 0) throw new TypeError(expected('integers', `${name}[${wrong}]`, labels[wrong]))
}

/** Codes 0 .. k-1 in ascending order of the distinct values. */
function compact(labels: Labels): { readonly codes: Int32Array; readonly values: readonly number[] } {
  const values = [...new Set<number>(labels)].sort((a, b) => a - b)
  const codes = new Int32Array(labels.length)
  const low = values[0]!
  const span = values.at(-1)! - low + 1
  // A table where the values are dense, a map where they are not.
  if (span <= 4 * labels.length + 1024) {
    const table = new Int32Array(span)
    values.forEach((value, code) => (table[value - low] = code))
    for (let i = 0; i < codes.length; ++i) codes[i] = table[labels[i]! - low]!
  } else {
    const table = new Map(values.map((value, code) => [value, code]))
    for (let i = 0; i < codes.length; ++i) codes[i] = table.get(labels[i]!)!
  }
  return { codes, values }
}
