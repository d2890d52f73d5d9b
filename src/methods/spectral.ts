/** Spectral clustering of a neighbour graph (Ng, Jordan, Weiss 2001), the number of eigenvectors chosen by the normalised cut. */

import { ClusterEstimator } from '../estimator/cluster-estimator.js'
import { enoughItems } from '../estimator/constraints.js'
import { methodOf } from '../estimator/method.js'
import type { Counted } from '../estimator/scores.js'
import type { ClusteringResult, FitResult, FloatTensor } from '../estimator/types.js'
import type { Tensors } from '../native/addon.js'
import { neighbourVotes } from '../onnx/cluster-blocks.js'
import { scaledItems } from '../onnx/network-blocks.js'
import { clustersOption, graphItemsOption, scalingOption, spectralOptions, steplessRunOptions } from '../options/groups.js'
import { optionTable } from '../options/table.js'
import type { SpectralClusteringOptions, SpectralClusteringTypes } from './types/spectral.js'

export type { SpectralClusteringOptions, SpectralClusteringTypes } from './types/spectral.js'

const options = optionTable({
  ...clustersOption,
  ...graphItemsOption,
  ...spectralOptions,
  ...scalingOption
})

const method = methodOf<SpectralClusteringTypes>()({
  name: 'spectral',
  title: 'SpectralClustering',
  summary: 'Spectral clustering of the neighbour graph, on the raw items',
  options,
  run: steplessRunOptions,
  presets: {},
  phases: ['graph'],
  automatic: null,
  bfloat16: true,
  onnx: {
    model(graph, items, learned) {
      const { clusters, neighbours } = learned.options as { clusters: number; neighbours: number }
      return neighbourVotes(graph, scaledItems(graph, items, learned), learned, 'items', 'labels', clusters, neighbours)
    }
  },
  check(values, data) {
    if (data) enoughItems(values, data)
  }
})

/** What {@link SpectralClustering.fit} resolves with. */
export interface SpectralClusteringResult extends ClusteringResult<SpectralClusteringTypes> {
  /** Rows of the eigenvectors that were taken, scaled to length 1: `[n, vectors]`, or `[items, vectors]`. */
  readonly embedding: FloatTensor
  /** The items of the graph, ascending, where they are not all (`graphItems`). */
  readonly items?: Int32Array
  /** Leading eigenvalues of D^-1/2 W D^-1/2, descending from 1. */
  readonly eigenvalues: Float64Array
  /** Mean over clusters of cut(A, rest) / vol(A), 0..1 (Shi and Malik 2000): the lower, the better parted. */
  readonly normalisedCut: number
  /** The number of clusters that the largest gap between neighbouring eigenvalues suggests. */
  readonly suggestedClusters: number
  /** Connected components of the graph. */
  readonly components: number
  /** Items of components too small to be a cluster: they have the label of the nearest item outside. */
  readonly attached: number
}

/**
 * Spectral clustering: the graph of the nearest neighbours, its leading eigenvectors, k-means on their rows. Finds clusters of
 * any shape. For items that are not in the graph, the nearest that are vote with weights 1/d².
 *
 * @example
 * const { labels, normalisedCut, suggestedClusters } = await new SpectralClustering({ clusters: 10 }).fit(vectors)
 */
export class SpectralClustering extends ClusterEstimator<SpectralClusteringResult> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: SpectralClusteringOptions) {
    super(method, options)
  }

  protected override resultOf(record: FitResult<SpectralClusteringTypes>, tensors: Tensors, counted?: Counted): SpectralClusteringResult {
    const [normalisedCut, suggestedClusters, components, attached] = tensors.summary!.data as Float64Array
    return {
      ...this.clusteringOf(record, tensors, counted),
      embedding: tensors.embedding as FloatTensor,
      ...(tensors.items && { items: tensors.items.data as Int32Array }),
      eigenvalues: tensors.eigenvalues!.data as Float64Array,
      normalisedCut: normalisedCut!,
      suggestedClusters: suggestedClusters!,
      components: components!,
      attached: attached!
    }
  }
}
