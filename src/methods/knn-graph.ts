/** The exact k nearest neighbours of every item. */

import { enoughForGraph } from '../estimator/constraints.js'
import { Estimator } from '../estimator/estimator.js'
import type { Method } from '../estimator/method.js'
import type { FitResult, FloatTensor, RunChoices } from '../estimator/types.js'
import type { Tensors } from '../native/addon.js'
import { capNormsOption, scalingOption, steplessRunOptions } from '../options/groups.js'
import { type Given, optionTable } from '../options/table.js'

const options = optionTable({
  neighbours: {
    type: 'integer',
    min: 1,
    default: 20,
    unit: 'items',
    meaning: 'Neighbours of each item; at most n - 1 are found',
    source: 'JULE (K_s)'
  },
  ...capNormsOption,
  workspace: {
    type: 'integer',
    min: 1,
    max: 65_536,
    default: 64,
    unit: 'MiB',
    meaning: 'Most memory for a tile of products, beside a float32 copy of the items, their factors (half of that in bfloat16) and the graph'
  },
  ...scalingOption
})

const method: Method = {
  name: 'knn-graph',
  title: 'KnnGraph',
  summary: 'The exact k nearest neighbours of every item, never an n x n matrix',
  options,
  run: steplessRunOptions,
  presets: {},
  automatic: null,
  bfloat16: true,
  check(_values, data) {
    if (data) enoughForGraph(data)
  }
}

/** Options of {@link KnnGraph}; docs/knn-graph.md lists ranges, defaults and sources. */
export type KnnGraphOptions = Given<typeof options> & Omit<RunChoices<never>, 'preset'>

/** What {@link KnnGraph.fit} resolves with. */
export interface KnnGraphResult extends FitResult {
  /** Positions of each item's neighbours, nearest first, equal distances by position: `[n, k]`. No item is its own neighbour. */
  readonly neighbours: { readonly data: Int32Array; readonly shape: readonly number[] }
  /** Euclidean distances to them, in the scaled input space: `[n, k]`. */
  readonly distances: FloatTensor
}

/**
 * The exact k nearest neighbours of every item, by blocks of matrix products. With `precision: 'bfloat16'` the candidates
 * come from bfloat16 products; the neighbours and their distances are float32's all the same.
 *
 * @example
 * const { neighbours, distances } = await new KnnGraph({ neighbours: 20 }).fit(vectors)
 */
export class KnnGraph extends Estimator<KnnGraphResult> {
  static override readonly method: Method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: KnnGraphOptions = {}) {
    super(method, options)
  }

  protected override resultOf(record: FitResult, tensors: Tensors): KnnGraphResult {
    return { ...record, neighbours: tensors.neighbours as KnnGraphResult['neighbours'], distances: tensors.distances as FloatTensor }
  }
}
