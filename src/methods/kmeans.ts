/** k-means on the raw items: the baseline of every deep clustering method, and a fast k-means in its own right. */

import { ClusterEstimator } from '../estimator/cluster-estimator.js'
import { enoughItems } from '../estimator/constraints.js'
import type { InferOptions } from '../estimator/estimator.js'
import { methodOf } from '../estimator/method.js'
import { prototypes } from '../estimator/pictures.js'
import type { Counted } from '../estimator/scores.js'
import type { ClusteringResult, DataInput, FitResult, FloatTensor } from '../estimator/types.js'
import type { Tensors } from '../native/addon.js'
import { nearestCentre, squaredDistances } from '../onnx/cluster-blocks.js'
import { floats } from '../onnx/learned.js'
import { scaledItems } from '../onnx/network-blocks.js'
import { clustersOption, float32RunOptions, kmeansRunOptions, scalingOption } from '../options/groups.js'
import { optionTable } from '../options/table.js'
import type { KMeansOptions, KMeansTypes } from './types/kmeans.js'

export type { KMeansOptions, KMeansTypes } from './types/kmeans.js'

const options = optionTable({
  ...clustersOption,
  ...kmeansRunOptions,
  tolerance: {
    type: 'number',
    min: 0,
    default: 1e-4,
    unit: 'share of the mean feature variance',
    meaning: 'A run stops when the squared movement of its centres falls below this',
    source: 'scikit-learn'
  },
  initialisation: {
    type: 'choice',
    choices: ['kmeans++', 'random'],
    default: 'kmeans++',
    meaning: 'First centres of a run',
    source: 'Arthur and Vassilvitskii 2007'
  },
  ...scalingOption
})

const method = methodOf<KMeansTypes>()({
  name: 'kmeans',
  title: 'KMeans',
  summary: 'k-means with k-means++ and restarts, on the raw items',
  options,
  run: float32RunOptions,
  presets: {},
  phases: ['kmeans'],
  automatic: null,
  pictures: prototypes,
  bfloat16: false,
  onnx: {
    model(graph, items, learned) {
      const squared = squaredDistances(graph, scaledItems(graph, items, learned), floats(learned, 'centroids'))
      return { embedding: graph.apply('Sqrt', [squared]), ...nearestCentre(graph, squared, learned) }
    }
  },
  check(values, data) {
    if (data) enoughItems(values, data)
  }
})

/** What {@link KMeans.fit} resolves with. */
export interface KMeansResult extends ClusteringResult<KMeansTypes> {
  /** Sum of squared distances of the items to their centres, in the scaled input space. */
  readonly inertia: number
}

/**
 * k-means with k-means++, restarts and mended empty clusters.
 *
 * @example
 * const { labels, inertia } = await new KMeans({ clusters: 10, seed: 1 }).fit(vectors)
 */
export class KMeans extends ClusterEstimator<KMeansResult> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: KMeansOptions) {
    super(method, options)
  }

  /** Distance of each item to each centre: `[n, clusters]`. */
  async transform(data: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('transform', 'embedding', data, options, this.transform)
  }

  protected override resultOf(record: FitResult<KMeansTypes>, tensors: Tensors, counted?: Counted): KMeansResult {
    return { ...this.clusteringOf(record, tensors, counted), inertia: Number(tensors.inertia!.data[0]) }
  }
}
