/** Adjusted Rand index. */

import { type ConfusionMatrix, confusionMatrix, type Labels, marginals } from './labelings.js'

/**
 * Adjusted Rand index (Hubert & Arabie 1985, equation 5): agreement over pairs of items, corrected for chance. 1 for
 * equal partitions, about 0 for independent ones; may be negative.
 *
 * @throws TypeError or RangeError for labels that are not integers, are empty, or differ in length
 */
export function ari(labels: Labels, clusters: Labels): number {
  return ariOf(confusionMatrix(labels, clusters))
}

/** As {@link ari}, of a confusion matrix. */
export function ariOf(matrix: ConfusionMatrix): number {
  const { rows, columns } = marginals(matrix)
  const together = sumOfPairs(matrix.counts)
  const byLabel = sumOfPairs(rows)
  const byCluster = sumOfPairs(columns)
  const all = pairs(matrix.n)
  // (index - expected) / (maximum - expected)
  const expectedIndex = all === 0 ? 0 : (byLabel * byCluster) / all
  const maximum = (byLabel + byCluster) / 2
  return maximum === expectedIndex ? 1 : (together - expectedIndex) / (maximum - expectedIndex)
}

const pairs = (count: number): number => (count * (count - 1)) / 2
const sumOfPairs = (counts: Float64Array): number => counts.reduce((sum, count) => sum + pairs(count), 0)
