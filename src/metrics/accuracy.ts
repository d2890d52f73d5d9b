/** Clustering accuracy. */

import { maximalAssignment } from './assignment.js'
import { type ConfusionMatrix, confusionMatrix, type Labels } from './labelings.js'
import { atOnce, type Steps } from './steps.js'

/**
 * Clustering accuracy (ACC): the share of items whose cluster is matched with their label under the best one-to-one
 * matching of clusters with labels (Xie et al. 2016, equation 10). With unequal numbers the smaller side is padded:
 * surplus clusters count as errors.
 *
 * @returns 0..1
 * @throws TypeError or RangeError for labels that are not integers, are empty, or differ in length
 */
export function accuracy(labels: Labels, clusters: Labels): number {
  return atOnce(accuracySteps(confusionMatrix(labels, clusters)))
}

/** As {@link accuracy}, of a confusion matrix, in steps. */
export function* accuracySteps(matrix: ConfusionMatrix): Steps<number> {
  const height = matrix.labels.length
  const width = matrix.clusters.length
  const size = Math.max(height, width)
  const weights = new Float64Array(size * size)
  for (let row = 0; row < height; ++row) weights.set(matrix.counts.subarray(row * width, (row + 1) * width), row * size)
  let matched = 0
  const columns = yield* maximalAssignment(weights, size)
  columns.forEach((column, row) => (matched += weights[row * size + column]!))
  return matched / matrix.n
}
