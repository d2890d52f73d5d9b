/** The Gaussian mixture with diagonal covariance, by expectation-maximisation (Dempster, Laird, Rubin 1977). */

import { ClusterEstimator } from '../estimator/cluster-estimator.js'
import { enoughItems } from '../estimator/constraints.js'
import type { InferOptions } from '../estimator/estimator.js'
import { bic, mean } from '../estimator/evidence.js'
import { methodOf } from '../estimator/method.js'
import { clusterSamples, prototypes } from '../estimator/pictures.js'
import { type ClusterSampleOptions, type ClusterSamples, checkedClusterDraw, type MixtureParameters, mixtureOf } from '../estimator/sampling.js'
import type { Counted } from '../estimator/scores.js'
import type { ClusteringResult, DataInput, FitResult, FloatTensor } from '../estimator/types.js'
import type { Tensors } from '../native/addon.js'
import { mixturePosterior } from '../onnx/cluster-blocks.js'
import { mixtureGenerator, scaledItems, unscaledItems } from '../onnx/network-blocks.js'
import { float32RunOptions, scalingOption } from '../options/groups.js'
import { optionTable } from '../options/table.js'
import type { GaussianMixtureOptions, GaussianMixtureTypes } from './types/gaussian-mixture.js'

export type { GaussianMixtureOptions, GaussianMixtureTypes } from './types/gaussian-mixture.js'

const options = optionTable({
  clusters: { type: 'integer', min: 1, required: true, unit: 'clusters', meaning: 'Number of components' },
  restarts: {
    type: 'integer',
    min: 1,
    default: 10,
    unit: 'runs',
    meaning: 'Independent runs, each from a k-means of its own; the one with the highest likelihood is kept'
  },
  iterations: { type: 'integer', min: 1, default: 100, unit: 'iterations', meaning: 'Most iterations of one run', source: 'scikit-learn' },
  tolerance: {
    type: 'number',
    min: 0,
    default: 1e-3,
    unit: 'nats per item',
    meaning: 'A run stops when the mean log-likelihood rises by less',
    source: 'scikit-learn'
  },
  varianceFloor: {
    type: 'number',
    min: 0,
    open: 'min',
    default: 1e-6,
    unit: 'share of the feature’s variance',
    meaning: 'Least variance of a component, so that none shrinks onto single items'
  },
  ...scalingOption
})

const method = methodOf<GaussianMixtureTypes>()({
  name: 'gaussian-mixture',
  title: 'GaussianMixture',
  summary: 'Gaussian mixture with diagonal covariance, on the raw items',
  options,
  run: float32RunOptions,
  presets: {},
  phases: ['mixture'],
  automatic: null,
  bfloat16: false,
  pictures: async run => ({ ...(await prototypes(run)), ...(await clusterSamples(run)) }),
  onnx: {
    model: (graph, items, learned) => mixturePosterior(graph, scaledItems(graph, items, learned), learned),
    generator: mixtureGenerator(unscaledItems)
  },
  check(values, data) {
    if (data) enoughItems(values, data)
  }
})

/** What {@link GaussianMixture.fit} resolves with. */
export interface GaussianMixtureResult extends ClusteringResult<GaussianMixtureTypes> {
  /** Mean log density of the items, in the scaled input space, with natural logarithms. */
  readonly logLikelihood: number
  /** Whether the run that was kept had settled within `iterations`. */
  readonly converged: boolean
}

/**
 * A mixture of Gaussians with diagonal covariance: soft clusters of different sizes and widths, and a density.
 *
 * @example
 * const model = new GaussianMixture({ clusters: 5, seed: 1 })
 * const { labels, logLikelihood } = await model.fit(vectors)
 * const probabilities = await model.predictProba(more)
 */
export class GaussianMixture extends ClusterEstimator<GaussianMixtureResult> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: GaussianMixtureOptions) {
    super(method, options)
  }

  /** Mean log density of the items, in the scaled input space. */
  async score(data: DataInput, options?: InferOptions): Promise<number> {
    return mean((await this.infer('logLikelihood', data, options, this.score)).logLikelihood!.data as Float64Array)
  }

  /** Bayes' information criterion (Schwarz 1978) of the items: the lower, the better. */
  async bic(data: DataInput, options?: InferOptions): Promise<number> {
    const { logLikelihood } = await this.infer('logLikelihood', data, options, this.bic)
    const { means } = await this.generate('mixture', {}, this.bic)
    return bic(logLikelihood!.data as Float64Array, means!.shape)
  }

  /** Draws items from the mixture, in the units of the data. @throws TypeError or RangeError for a bad option */
  async sample(options: ClusterSampleOptions = {}): Promise<ClusterSamples> {
    const { samples, labels } = await this.generate('sample', checkedClusterDraw(options, this.options.clusters as number), this.sample)
    return { samples: samples as FloatTensor, labels: labels!.data as Int32Array }
  }

  /** Weights, means and variances of the components, in the scaled input space. */
  async mixture(): Promise<MixtureParameters> {
    return mixtureOf(await this.generate('mixture', {}, this.mixture))
  }

  protected override resultOf(record: FitResult<GaussianMixtureTypes>, tensors: Tensors, counted?: Counted): GaussianMixtureResult {
    return {
      ...this.clusteringOf(record, tensors, counted),
      logLikelihood: Number(tensors.logLikelihood!.data[0]),
      converged: tensors.converged!.data[0] === 1
    }
  }
}
