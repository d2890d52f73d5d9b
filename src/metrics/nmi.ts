/** Normalised mutual information. */

import { expected } from '../errors.js'
import { type ConfusionMatrix, confusionMatrix, type Labels, marginals } from './labelings.js'

/** What the mutual information is divided by: the mean of both entropies, arithmetic (scikit-learn's) or geometric. */
export type Average = 'arithmetic' | 'geometric'

/**
 * Normalised mutual information (Strehl & Ghosh 2002, equation 2, has the geometric mean, as older papers do). Two
 * labelings with a single value each agree perfectly: 1.
 *
 * @returns 0..1
 * @throws TypeError or RangeError for labels that are not integers, are empty, or differ in length
 */
export function nmi(labels: Labels, clusters: Labels, options: { average?: Average } = {}): number {
  const average = options.average ?? 'arithmetic'
  if (average !== 'arithmetic' && average !== 'geometric') throw new TypeError(expected("'arithmetic' or 'geometric'", 'average', average))
  return nmiOf(confusionMatrix(labels, clusters), average)
}

/** As {@link nmi}, of a confusion matrix. */
export function nmiOf(matrix: ConfusionMatrix, average: Average): number {
  const { rows, columns } = marginals(matrix)
  if (rows.length === 1 && columns.length === 1) return 1
  const labelEntropy = entropy(rows, matrix.n)
  const clusterEntropy = entropy(columns, matrix.n)
  const normaliser = average === 'arithmetic' ? (labelEntropy + clusterEntropy) / 2 : Math.sqrt(labelEntropy * clusterEntropy)
  if (normaliser === 0) return 0
  // I(Y; C) = sum p(y, c) log(p(y, c) / (p(y) p(c)))
  let information = 0
  for (let row = 0; row < rows.length; ++row) {
    for (let column = 0; column < columns.length; ++column) {
      const count = matrix.counts[row * columns.length + column]!
      if (count > 0) information += (count / matrix.n) * Math.log((count * matrix.n) / (rows[row]! * columns[column]!))
    }
  }
  return Math.min(1, Math.max(0, information / normaliser))
}

/** H = -sum p log p. */
function entropy(counts: Float64Array, n: number): number {
  let sum = 0
  for (const count of counts) if (count > 0) sum -= (count / n) * Math.log(count / n)
  return sum
}
