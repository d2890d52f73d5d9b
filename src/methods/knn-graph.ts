/** The k nearest neighbours of every item: exact, or of millions nearly so. */

import { enoughForGraph } from '../estimator/constraints.js'
import { Estimator } from '../estimator/estimator.js'
import { methodOf } from '../estimator/method.js'
import type { FitResult, FloatTensor } from '../estimator/types.js'
import type { Tensors } from '../native/addon.js'
import { capNormsOption, scalingOption, steplessRunOptions } from '../options/groups.js'
import { optionTable } from '../options/table.js'
import type { KnnGraphOptions, KnnGraphTypes } from './types/knn-graph.js'

export type { KnnGraphOptions, KnnGraphTypes } from './types/knn-graph.js'

const options = optionTable({
  neighbours: {
    type: 'integer',
    min: 1,
    default: 20,
    unit: 'items',
    meaning: 'Neighbours of each item; at most n - 1 are found',
    source: 'JULE (K_s)'
  },
  search: {
    type: 'choice',
    choices: ['auto', 'exact', 'approximate'],
    default: 'auto',
    meaning:
      'exact compares all items that can be neighbours; approximate finds most neighbours of millions of items sooner, and the result says what share; auto takes the exact one while it is expected to be quicker, and always on a GPU',
    source: 'NN-descent (Dong et al. 2011) from random projection trees'
  },
  ...capNormsOption,
  workspace: {
    type: 'integer',
    min: 1,
    max: 65_536,
    default: 64,
    unit: 'MiB',
    meaning: 'Most memory for a tile of products, beside the factors of the items (float32, or half of that in bfloat16) and the graph'
  },
  ...scalingOption
})

const method = methodOf<KnnGraphTypes>()({
  name: 'knn-graph',
  title: 'KnnGraph',
  summary: 'The k nearest neighbours of every item, exact or of millions nearly so, never an n x n matrix',
  options,
  run: steplessRunOptions,
  presets: {},
  phases: ['graph'],
  automatic: null,
  bfloat16: true,
  check(_values, data) {
    if (data) enoughForGraph(data)
  }
})

/** What {@link KnnGraph.fit} resolves with. */
export interface KnnGraphResult extends FitResult<KnnGraphTypes> {
  /** Positions of each item's neighbours, nearest first, equal distances by position: `[n, k]`. No item is its own neighbour. */
  readonly neighbours: { readonly data: Int32Array; readonly shape: readonly number[] }
  /** Euclidean distances to them, in the scaled input space: `[n, k]`. */
  readonly distances: FloatTensor
  /** What was done: `options.search`, or what `auto` took. */
  readonly search: 'exact' | 'approximate'
  /** The share of the nearest neighbours that were found: 1 of the exact search, else measured on 1,000 items drawn by the seed. */
  readonly recall: number
}

/**
 * The k nearest neighbours of every item, by blocks of matrix products. With `precision: 'bfloat16'` the candidates
 * come from bfloat16 products; the neighbours and their distances are float32's all the same. Of millions of items an approximate search
 * finds most in far less time (`search`); `recall` says how many.
 *
 * @example
 * const { neighbours, distances } = await new KnnGraph({ neighbours: 20 }).fit(vectors)
 */
export class KnnGraph extends Estimator<KnnGraphResult> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: KnnGraphOptions = {}) {
    super(method, options)
  }

  protected override resultOf(record: FitResult<KnnGraphTypes>, tensors: Tensors): KnnGraphResult {
    const [recall, approximate] = tensors.summary!.data as Float64Array
    return {
      ...record,
      neighbours: tensors.neighbours as KnnGraphResult['neighbours'],
      distances: tensors.distances as FloatTensor,
      search: approximate ? 'approximate' : 'exact',
      recall: recall!
    }
  }
}
