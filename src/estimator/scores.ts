/** What is counted of clusters: how many items they hold and, where true labels were given to `fit`, their scores. The true labels stay here. */

import { type EvaluationResult, scoreSteps } from '../metrics/evaluation.js'
import type { ConfusionMatrix } from '../metrics/index.js'
import { confusionSteps } from '../metrics/labelings.js'
import { inTurns, itemsInStep, type Steps } from '../metrics/steps.js'

export interface Counted {
  /** Items in each cluster. */
  readonly sizes: readonly number[]
  /** Against the true labels, where there are any. */
  readonly confusion?: ConfusionMatrix
  readonly metrics?: EvaluationResult
}

/**
 * Counts the clusters of items, in turns with the event loop.
 * @param clusters how many there are
 * @param items the positions that the assignments are of, where they are not of all
 */
export function counted(assignments: Int32Array, clusters: number, truth?: Int32Array, items?: Int32Array): Promise<Counted> {
  return inTurns(countSteps(assignments, clusters, truth, items))
}

function* countSteps(assignments: Int32Array, clusters: number, truth?: Int32Array, items?: Int32Array): Steps<Counted> {
  const sizes = yield* sizeSteps(assignments, clusters)
  if (!truth) return { sizes }
  const confusion = yield* confusionSteps(truth, assignments, items)
  return { sizes, confusion, metrics: yield* scoreSteps(confusion) }
}

function* sizeSteps(labels: Int32Array, clusters: number): Steps<number[]> {
  const sizes = new Array<number>(clusters).fill(0)
  for (let from = 0; from < labels.length; from += itemsInStep) {
    for (let i = from; i < Math.min(labels.length, from + itemsInStep); ++i) sizes[labels[i]!]!++
    yield
  }
  return sizes
}
