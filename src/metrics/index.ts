/** Scores of a clustering against true labels, in plain JavaScript: no addon, no libtorch. */

import { accuracyOf } from './accuracy.js'
import { ariOf } from './ari.js'
import { confusionMatrix, type Labels } from './labelings.js'
import { nmiOf } from './nmi.js'

export { accuracy } from './accuracy.js'
export { ari } from './ari.js'
export { type ConfusionMatrix, confusionMatrix, type Labels } from './labelings.js'
export { type Average, nmi } from './nmi.js'

/** The scores that papers report. */
export interface EvaluationResult {
  /** Number of items. */
  readonly n: number
  /** Distinct clusters that hold items. */
  readonly clusters: number
  /** Clustering accuracy, 0..1. */
  readonly acc: number
  /** Normalised mutual information with the arithmetic mean, 0..1. */
  readonly nmi: number
  /** Normalised mutual information with the geometric mean (papers before about 2019), 0..1. */
  readonly nmiGeometric: number
  /** Adjusted Rand index, at most 1; may be negative. */
  readonly ari: number
}

/**
 * All scores of a clustering at once.
 * @throws TypeError or RangeError for labels that are not integers, are empty, or differ in length
 */
export function evaluate(labels: Labels, clusters: Labels): EvaluationResult {
  const matrix = confusionMatrix(labels, clusters)
  return {
    n: matrix.n,
    clusters: matrix.clusters.length,
    acc: accuracyOf(matrix),
    nmi: nmiOf(matrix, 'arithmetic'),
    nmiGeometric: nmiOf(matrix, 'geometric'),
    ari: ariOf(matrix)
  }
}
