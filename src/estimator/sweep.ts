/** The choice of the number of clusters: a method fitted for several, and what each explains of items that it has not seen. */

import { split, toDataset } from '../data/index.js'
import { expected } from '../errors.js'
import type { EvaluationResult } from '../metrics/index.js'
import { checkNames } from '../options/check.js'
import type { ClusterEstimator } from './cluster-estimator.js'
import type { EstimatorClass } from './estimator.js'
import type { ClusteringResult, DataInput, FitEvent, FitOptions } from './types.js'

/** A clustering estimator that tells how well it explains items. */
export type ScoringEstimator = ClusterEstimator<ClusteringResult> & {
  /** Mean log-likelihood or evidence lower bound per item; the higher, the better. */
  score(data: DataInput): Promise<number>
  /** The lower, the better. */
  bic(data: DataInput): Promise<number>
}

export interface SweepOptions {
  /** Numbers of clusters to fit. */
  readonly clusters: readonly number[]
  /** Share of the items that is held out for `score`; 0.1 by default. */
  readonly heldOut?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((event: FitEvent, clusters: number) => void) | undefined
  /** Called with each row and its model, before the model is disposed. */
  readonly onRow?: ((row: SweepRow, model: ScoringEstimator) => void | Promise<void>) | undefined
  /** True labels, for `metrics` only. */
  readonly labels?: Int32Array | readonly number[] | undefined
  /** What each fit records for a report, for an `onRow` that saves the model; nothing by default. */
  readonly record?: FitOptions['record']
}

/** One number of clusters. */
export interface SweepRow {
  readonly clusters: number
  /** Clusters that hold items. */
  readonly used: number
  /** On the items that were held out: for `VaDE` the mean evidence lower bound, for `GaussianMixture` the mean log-likelihood. */
  readonly heldOut: number
  /** On the items that were fitted. */
  readonly bic: number
  readonly seconds: number
  /** Of the items that were fitted; absent when no labels were given. */
  readonly metrics?: EvaluationResult
}

const names = ['clusters', 'heldOut', 'signal', 'onProgress', 'onRow', 'labels', 'record']

/**
 * Fits one model for each number of clusters to the same items, and scores it on the same others. Labels choose nothing.
 * @param options of the model, without `clusters`
 * @throws TypeError or RangeError for bad options; what `fit` throws
 *
 * @example
 * const rows = await sweepClusters(VaDE, { seed: 0 }, images, { clusters: [5, 10, 15, 20] })
 * console.table(rows)
 */
export async function sweepClusters<Options extends object>(
  type: EstimatorClass<ScoringEstimator>,
  options: Options,
  data: DataInput,
  sweep: SweepOptions
): Promise<readonly SweepRow[]> {
  checkNames(sweep, names)
  const { clusters, heldOut = 0.1, signal, onProgress, onRow, labels, record } = sweep
  if (!Array.isArray(clusters) || clusters.length === 0) throw new TypeError(expected('a list of integers, each from 1', 'clusters', clusters))
  if (typeof heldOut !== 'number' || !(heldOut > 0 && heldOut < 1)) throw new RangeError(expected('a number above 0 to below 1', 'heldOut', heldOut))
  const make = (count: number): ScoringEstimator => new type({ ...options, clusters: count })
  for (const count of clusters) make(count).dispose() // every option is right before anything is trained
  const dataset = await toDataset(data)
  const n = dataset.shape[0]!
  if (n < 2) throw new RangeError(expected('at least 2 items', 'data', n))
  if (labels !== undefined && labels.length !== n) throw new RangeError(expected(`${n} labels (one per item)`, 'labels', labels.length))
  const { kept, heldOut: unseen, keptItems } = split(dataset, heldOut, ((options as { seed?: number }).seed ?? 0) % 2 ** 32)
  const rows: SweepRow[] = []
  for (const count of clusters) {
    const model = make(count)
    try {
      const result = await model.fit(kept, {
        signal,
        record,
        ...(onProgress && { onProgress: event => onProgress(event, count) }),
        ...(labels && { labels: Int32Array.from(keptItems, (item: number) => labels[item]!) })
      })
      const row: SweepRow = {
        clusters: count,
        used: count - result.deadClusters.length,
        heldOut: await model.score(unseen),
        bic: await model.bic(kept),
        seconds: result.seconds,
        ...(result.metrics && { metrics: result.metrics })
      }
      rows.push(row)
      await onRow?.(row, model)
    } finally {
      model.dispose()
    }
  }
  return rows
}
