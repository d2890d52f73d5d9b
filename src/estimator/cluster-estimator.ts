/** What the classes of clustering methods share. */

import type { Tensors } from '../native/addon.js'
import { Estimator, type InferOptions } from './estimator.js'
import type { Counted } from './scores.js'
import type { ClusteringResult, DataInput, FitOptions, FitResult, FloatTensor, MethodTypes } from './types.js'

/** An estimator that assigns items to clusters. */
export abstract class ClusterEstimator<Result extends ClusteringResult> extends Estimator<Result> {
  /** Trains, and resolves with the cluster of each item. */
  async fitPredict(data: DataInput, options?: FitOptions<Result>): Promise<Int32Array> {
    return (await this.fit(data, options)).labels
  }

  /** The cluster of each item, 0 .. clusters - 1; length n. */
  async predict(data: DataInput, options?: InferOptions): Promise<Int32Array> {
    const { labels } = await this.infer('predict', data, options, this.predict)
    return labels!.data as Int32Array
  }

  /** The probability of each cluster for each item, `[n, clusters]`; rows sum to 1. */
  async predictProba(data: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('predictProba', 'probabilities', data, options, this.predictProba)
  }

  /** The part of a result that clustering methods share. */
  protected clusteringOf<Types extends MethodTypes>(
    record: FitResult<Types>,
    tensors: Tensors,
    counted: Counted | undefined
  ): ClusteringResult<Types> {
    const labels = tensors.labels!.data as Int32Array
    const { sizes, metrics } = counted!
    const deadClusters = sizes.flatMap((size, cluster) => (size === 0 ? [cluster] : []))
    const warnings = deadClusters.length > 0 ? [...record.warnings, deadWarning(deadClusters, sizes.length)] : record.warnings
    return { ...record, warnings, labels, sizes, deadClusters, ...(metrics && { metrics }) }
  }
}

function deadWarning(dead: readonly number[], clusters: number): string {
  const which = dead.length === 1 ? `cluster ${dead[0]}` : `clusters ${dead.join(', ')}`
  return `${dead.length} of ${clusters} clusters hold no item (${which}): there may be fewer distinct groups than \`clusters\`, or the embedding collapsed`
}
