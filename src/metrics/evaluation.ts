/** All scores of a clustering at once. */

import { accuracySteps } from './accuracy.js'
import { ariOf } from './ari.js'
import { type ConfusionMatrix, confusionSteps, type Labels } from './labelings.js'
import { nmiOf } from './nmi.js'
import { atOnce, type Steps } from './steps.js'

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
  return atOnce(evaluationSteps(labels, clusters))
}

/** As {@link evaluate}, in steps. */
export function* evaluationSteps(labels: Labels, clusters: Labels): Steps<EvaluationResult> {
  return yield* scoreSteps(yield* confusionSteps(labels, clusters))
}

/** The scores of a confusion matrix, in steps. */
export function* scoreSteps(matrix: ConfusionMatrix): Steps<EvaluationResult> {
  const acc = yield* accuracySteps(matrix)
  const nmi = nmiOf(matrix, 'arithmetic')
  yield
  const nmiGeometric = nmiOf(matrix, 'geometric')
  yield
  return { n: matrix.n, clusters: matrix.clusters.length, acc, nmi, nmiGeometric, ari: ariOf(matrix) }
}
