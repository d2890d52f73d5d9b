/** Graph degree linkage (Zhang, Wang, Zhao, Tang 2012) with the merge rule of JULE (Yang, Parikh, Batra 2016). */

import { ClusterEstimator } from '../estimator/cluster-estimator.js'
import { enoughForGraph, enoughItems } from '../estimator/constraints.js'
import { MergeTree } from '../estimator/merge-tree.js'
import { methodOf } from '../estimator/method.js'
import { mergesOf } from '../estimator/pictures.js'
import type { Counted } from '../estimator/scores.js'
import type { ClusteringResult, FitResult } from '../estimator/types.js'
import type { Tensors } from '../native/addon.js'
import { neighbourVotes } from '../onnx/cluster-blocks.js'
import { needClusters } from '../onnx/learned.js'
import { scaledItems, unitLength } from '../onnx/network-blocks.js'
import { capNormsOption, graphItemsOption, linkageOptions, scalingOption, steplessRunOptions } from '../options/groups.js'
import { optionTable } from '../options/table.js'
import type { GraphDegreeLinkageOptions, GraphDegreeLinkageTypes } from './types/linkage.js'

export type { GraphDegreeLinkageOptions, GraphDegreeLinkageTypes } from './types/linkage.js'

const options = optionTable({
  clusters: { type: 'integer', min: 1, required: true, unit: 'clusters', meaning: 'Number of clusters; the merge tree can be cut at any other' },
  ...graphItemsOption,
  ...linkageOptions,
  ...capNormsOption,
  ...scalingOption
})

const method = methodOf<GraphDegreeLinkageTypes>()({
  name: 'linkage',
  title: 'GraphDegreeLinkage',
  summary: 'Graph degree linkage: agglomeration on the neighbour graph, on the raw items',
  options,
  run: steplessRunOptions,
  presets: {},
  phases: ['graph', 'linkage'],
  automatic: null,
  bfloat16: true,
  pictures: async ({ tensors, items }) => mergesOf(tensors, items),
  onnx: {
    model(graph, items, learned) {
      const { clusters, neighbours, capNorms } = learned.options as { clusters: number; neighbours: number; capNorms: boolean }
      needClusters(learned, 'labels')
      const x = scaledItems(graph, items, learned)
      return neighbourVotes(graph, capNorms ? unitLength(graph, x, 1) : x, learned, 'items', 'labels', clusters, neighbours)
    }
  },
  check(values, data) {
    if (!data) return
    enoughItems(values, data)
    enoughForGraph(data)
  }
})

/** What {@link GraphDegreeLinkage.fit} resolves with. */
export interface GraphDegreeLinkageResult extends ClusteringResult<GraphDegreeLinkageTypes> {
  /** Every merge, down to one cluster; `labels` are its cut at `clusters`. An item that is not in the graph begins where the nearest does that is. */
  readonly tree: MergeTree
}

/**
 * Graph degree linkage: chains of nearest neighbours are the first clusters, and those with the strongest edges in both
 * directions are merged first, on the sparse graph and exactly. For new items, the nearest fitted ones vote with weights 1/d².
 *
 * @example
 * const { labels, tree } = await new GraphDegreeLinkage({ clusters: 10 }).fit(vectors)
 * const finer = tree.cut(50)
 */
export class GraphDegreeLinkage extends ClusterEstimator<GraphDegreeLinkageResult> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: GraphDegreeLinkageOptions) {
    super(method, options)
  }

  protected override resultOf(record: FitResult<GraphDegreeLinkageTypes>, tensors: Tensors, counted?: Counted): GraphDegreeLinkageResult {
    const [start, merges, affinities] = [
      tensors.start!.data as Int32Array,
      tensors.merges!.data as Int32Array,
      tensors.affinities!.data as Float64Array
    ]
    return {
      ...this.clusteringOf(record, tensors, counted),
      tree: new MergeTree(start, merges, affinities)
    }
  }
}
