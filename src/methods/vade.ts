/** VaDE, Variational Deep Embedding (Jiang, Zheng, Tan, Tang, Zhou, IJCAI 2017). */

import { expected } from '../errors.js'
import { ClusterEstimator } from '../estimator/cluster-estimator.js'
import {
  augmentationForViews,
  bernoulliScaling,
  enoughItems,
  graphForRounds,
  imagesForAugmentation,
  imagesForSelfTraining,
  isAugmented,
  nesterovMomentum,
  settleLoss,
  startsFromGraph
} from '../estimator/constraints.js'
import type { InferOptions } from '../estimator/estimator.js'
import { bic, mean } from '../estimator/evidence.js'
import { methodOf, mutualInformation, normalisedCut, type Preset } from '../estimator/method.js'
import { clusterSamples, prototypes } from '../estimator/pictures.js'
import {
  type ClusterSampleOptions,
  type ClusterSamples,
  checkedClusterDraw,
  checkSteps,
  line,
  type MixtureParameters,
  mixtureOf
} from '../estimator/sampling.js'
import type { Counted } from '../estimator/scores.js'
import type { ClusteringResult, DataInput, FitResult, FloatTensor } from '../estimator/types.js'
import type { Tensors } from '../native/addon.js'
import { mixturePosterior } from '../onnx/cluster-blocks.js'
import { needClusters } from '../onnx/learned.js'
import { autoencoderDecoder, decodedItems, encoded, mixtureGenerator } from '../onnx/network-blocks.js'
import { checkOptions } from '../options/check.js'
import {
  augmentationOptions,
  clustersOption,
  graphOptions,
  layerwiseOptions,
  likelihoodNetworkOptions,
  linkageOptions,
  runOptions,
  scheduleOptions,
  selfTrainingOptions,
  selfTrainingPhases,
  toleranceOption,
  trainItemsOption
} from '../options/groups.js'
import { plainItems, plainPretraining, selfTrained, startByGraph, views } from '../options/preset-rows.js'
import { type Given, grouped, optionTable, prefixed, withDefaults } from '../options/table.js'
import type { VaDEOptions, VaDETypes } from './types/vade.js'

export type { VaDEOptions, VaDETypes } from './types/vade.js'

const options = optionTable({
  ...grouped(
    'Clustering',
    optionTable({
      ...clustersOption,
      ...trainItemsOption,
      alpha: {
        type: 'number',
        min: 0,
        open: 'min',
        default: 1,
        meaning: 'Weight of the reconstruction term',
        source: 'official VaDE code (5 for HAR)'
      },
      mutualInformation: {
        type: 'number',
        min: 0,
        default: 0,
        meaning: 'Weight of the mutual information between the clusters of two augmented views of an image, which is raised; 0 is off',
        source: 'Ji, Henriques and Vedaldi 2019'
      },
      contrast: {
        type: 'number',
        min: 0,
        default: 0,
        meaning: 'Weight of the contrast (NT-Xent) between the embeddings of two augmented views in the joint phase; 0 is off',
        source: 'Chen et al. 2020'
      },
      pretrainContrast: { type: 'number', min: 0, default: 0, meaning: 'The same in pre-training', source: 'Chen et al. 2020' },
      temperature: { type: 'number', min: 0, open: 'min', default: 0.2, meaning: 'Temperature of the contrast' },
      initialLogVariance: {
        type: 'number',
        min: -20,
        max: 20,
        default: -4,
        meaning: 'Log variance of q(z | x) when the joint phase begins, the same for every item'
      },
      leastLogVariance: {
        type: 'number',
        min: -20,
        max: 4,
        default: -6,
        meaning: 'Least log variance of a component, in each dimension of the embedding'
      },
      restarts: {
        type: 'integer',
        min: 1,
        default: 1,
        unit: 'runs',
        meaning:
          'Whole runs, with the seeds from `seed` on. Kept is the one with the highest mutual information between augmented views or, without augmentation, the lowest normalised cut of its last graph'
      },
      ...toleranceOption
    })
  ),
  ...likelihoodNetworkOptions,
  ...grouped('Pre-training', prefixed('pretrain', scheduleOptions)),
  ...layerwiseOptions,
  ...grouped(
    'Start of the mixture',
    optionTable({
      start: {
        type: 'choice',
        choices: ['likelihood', 'mutual-information', 'graph', 'linkage'],
        default: 'likelihood',
        meaning:
          'How the mixture is found in the pre-trained embedding: by expectation-maximisation, as the mixture whose clusters agree most on augmented views of an image, or from the neighbour graph by spectral clustering or by graph degree linkage',
        source: 'likelihood: VaDE'
      },
      mixtureRestarts: {
        type: 'integer',
        min: 1,
        default: 20,
        unit: 'mixtures',
        meaning: 'likelihood, mutual-information: mixtures that are fitted; the best is kept',
        source: 'ClustPy: 10'
      },
      mixtureIterations: {
        type: 'integer',
        min: 1,
        default: 100,
        unit: 'iterations',
        meaning: 'likelihood: most iterations',
        source: 'scikit-learn'
      },
      mixtureTolerance: {
        type: 'number',
        min: 0,
        default: 1e-3,
        unit: 'nats per item',
        meaning: 'likelihood: a fit stops when the mean log-likelihood rises by less',
        source: 'scikit-learn'
      },
      startItems: { type: 'integer', min: 1, default: 10_000, unit: 'items', meaning: 'mutual-information: items that it is taken over' },
      startViews: { type: 'integer', min: 2, default: 4, unit: 'views', meaning: 'mutual-information: augmented copies of each' },
      startKmeansItems: {
        type: 'integer',
        min: 1,
        default: 2000,
        unit: 'items',
        meaning: 'mutual-information: items of each k-means that a mixture starts from'
      },
      startSteps: { type: 'integer', min: 1, default: 300, unit: 'steps', meaning: 'mutual-information: training steps (Adam)' },
      startBatch: { type: 'integer', min: 1, default: 1000, unit: 'items', meaning: 'mutual-information: items per step' },
      startLearningRate: {
        type: 'number',
        min: 0,
        open: 'min',
        default: 0.02,
        meaning: 'mutual-information: learning rate, which falls to 5 % by a cosine'
      }
    })
  ),
  ...graphOptions,
  ...grouped('Linkage (`start: linkage`)', prefixed('linkage', linkageOptions)),
  ...grouped(
    'Rounds of refinement',
    optionTable({
      lambda: {
        type: 'number',
        min: 0,
        default: 20,
        meaning: 'Weight of the clustering term in a round: the loss of an item is its reconstruction loss + lambda/2 · ‖f(x) - m‖²',
        source: 'DCN'
      }
    })
  ),
  ...grouped('Rounds of refinement', prefixed('round', withDefaults(scheduleOptions, { epochs: 4 }))),
  ...grouped('Joint phase', withDefaults(scheduleOptions, { epochs: 15 })),
  ...grouped(
    'Joint phase',
    optionTable({
      mixtureLearningRate: {
        type: 'number',
        min: 0,
        open: 'min',
        default: 1e-3,
        meaning: 'Learning rate of weights, means and variances; its course is that of learningRate',
        source: 'official VaDE code (2e-3; 2e-5 for HAR)'
      }
    })
  ),
  ...augmentationOptions,
  ...selfTrainingOptions
})

/** The automatic preset for images. */
const invariant = {
  values: {
    ...views,
    target: 'original',
    pretrainEpochs: 30,
    pretrainOptimizer: 'adam',
    pretrainLearningRate: 1e-3,
    pretrainSchedule: 'cosine',
    pretrainFinalRate: 0.02,
    pretrainContrast: 20,
    start: 'graph',
    epochs: 15,
    optimizer: 'adam',
    learningRate: 1e-3,
    mixtureLearningRate: 1e-3,
    schedule: 'cosine',
    finalRate: 0.05,
    mutualInformation: 100,
    contrast: 20
  },
  items: { pretrainEpochs: 700_000, epochs: 1_050_000 }
} as const

const presets = {
  paper: {
    adds: 'The published objective, network and schedule (300 epochs; the official code runs 3,000). The pre-trained weights that were shipped with it are replaced by layer-wise denoising pre-training.',
    values: {
      initialisation: 'glorot-uniform',
      batchSize: 100,
      layerwiseEpochs: 10,
      corruption: 0.3,
      pretrainEpochs: 10,
      pretrainOptimizer: 'adam',
      pretrainLearningRate: 2e-3,
      start: 'likelihood',
      mixtureRestarts: 20,
      epochs: 300,
      optimizer: 'adam',
      learningRate: 2e-3,
      mixtureLearningRate: 2e-3,
      schedule: 'step',
      decayEvery: 10,
      decayFactor: 0.9
    }
  },
  invariant: {
    adds: 'Contrastive pre-training on augmented images, a mixture started from clusters of the neighbour graph, and mutual information between views and the contrast beside the ELBO; images only.',
    ...invariant
  },
  'self-trained': selfTrained('invariant', invariant),
  graph: {
    adds: 'The pure ELBO, its mixture started from clusters of the neighbour graph after a round of training with them frozen; for any data.',
    values: {
      ...plainPretraining,
      ...startByGraph,
      epochs: 10,
      optimizer: 'adam',
      learningRate: 3e-4,
      mixtureLearningRate: 3e-4
    },
    items: { ...plainItems, roundEpochs: 140_000, epochs: 280_000 }
  }
} as const satisfies Record<string, Preset<typeof options>>

const method = methodOf<VaDETypes>()({
  name: 'vade',
  title: 'VaDE',
  summary: 'Variational Deep Embedding: a variational autoencoder whose prior is a Gaussian mixture, one component a cluster',
  options,
  run: runOptions,
  presets,
  phases: ['layer N', 'pretrain', 'graph N', 'refine N', 'graph', 'mixture', 'joint', 'read-out', ...selfTrainingPhases],
  automatic: { images: 'invariant', other: 'graph' },
  // The mixture's likelihood ranks runs backwards (docs/vade.md), so it never does.
  criterion: values => (isAugmented(values) ? mutualInformation : normalisedCut),
  bfloat16: true,
  pictures: async run => ({ ...(await prototypes(run)), ...(await clusterSamples(run)) }),
  onnx: {
    model(graph, items, learned) {
      needClusters(learned, 'assignments')
      const embedding = encoded(graph, items, learned)
      return { embedding, ...mixturePosterior(graph, embedding, learned) }
    },
    decoder: autoencoderDecoder,
    generator: mixtureGenerator(decodedItems)
  },
  settle: settleLoss,
  conditions: [bernoulliScaling, nesterovMomentum(), nesterovMomentum('pretrain'), nesterovMomentum('round'), graphForRounds],
  check(values, data) {
    if (!data) return
    enoughItems(values, data)
    imagesForAugmentation(values, data)
    imagesForSelfTraining(values, data)
    const positive = (value: unknown): boolean => (value as number) > 0
    augmentationForViews(values, {
      start: value => value === 'mutual-information',
      mutualInformation: positive,
      contrast: positive,
      pretrainContrast: positive,
      restarts: value => (value as number) > 1 && !startsFromGraph(values)
    })
  }
})

/** What {@link VaDE.fit} resolves with. */
export type VaDEResult = ClusteringResult<VaDETypes>

const memberOptions = optionTable({
  cluster: { type: 'integer', min: 0, required: true, meaning: 'The cluster' },
  count: { type: 'integer', min: 1, default: 10, unit: 'items', meaning: 'Most items of either kind' }
})

/** Members of a cluster by the log density of its component at their embeddings. */
export interface ClusterMembers {
  /** Positions of the most typical members, the most typical first. */
  readonly most: Int32Array
  /** Positions of the least typical members, the least typical first. */
  readonly least: Int32Array
  /** log N(z; μ, σ²) of each item under the component of its own cluster; length n. */
  readonly logDensity: Float32Array
}

/**
 * Variational Deep Embedding: pre-trains an autoencoder, finds a Gaussian mixture in its embedding, then trains both as a variational
 * autoencoder with that mixture as its prior. It clusters, and generates items of a cluster.
 *
 * @example
 * const model = new VaDE({ clusters: 10, seed: 0 })
 * const { labels } = await model.fit(images)
 * const { samples } = await model.sample({ cluster: 3, count: 10, minPosterior: 0.999 })
 */
export class VaDE extends ClusterEstimator<VaDEResult> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: VaDEOptions) {
    super(method, options)
  }

  /** The embedding of each item, the mean of q(z | x): `[n, latent]`. */
  async transform(data: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('transform', 'embedding', data, options, this.transform)
  }

  /** Each item decoded from the mean of its q(z | x): `[n, ...shape]`, in the units of the data. */
  async reconstruct(data: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('reconstruct', 'reconstruction', data, options, this.reconstruct)
  }

  /** Items from points of the latent space, `[n, latent]`: `[n, ...shape]`, in the units of the data. */
  async decode(latents: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('decode', 'items', latents, options, this.decode, [this.settled.latent as number])
  }

  /**
   * New items, decoded from draws of the mixture, in the units of the data.
   * @throws TypeError or RangeError for a bad option, or a `minPosterior` that hardly any draw reaches
   */
  async sample(options: ClusterSampleOptions = {}): Promise<ClusterSamples & { readonly latents: FloatTensor }> {
    const { samples, latents, labels } = await this.generate('sample', checkedClusterDraw(options, this.options.clusters as number), this.sample)
    return { samples: samples as FloatTensor, latents: latents as FloatTensor, labels: labels!.data as Int32Array }
  }

  /** Weights, means and variances of the mixture in the embedding. */
  async mixture(): Promise<MixtureParameters> {
    return mixtureOf(await this.generate('mixture', {}, this.mixture))
  }

  /** Items on the line between the centres of two clusters, these included: `[steps, ...shape]`. */
  async interpolate(from: number, to: number, steps = 10): Promise<FloatTensor> {
    checkSteps(steps)
    const { means } = await this.mixture()
    const [clusters, latent] = means.shape as [number, number]
    const [a, b] = [
      ['from', from],
      ['to', to]
    ].map(([name, cluster]) => {
      const accepted = `an integer from 0 to ${clusters - 1}`
      if (typeof cluster !== 'number') throw new TypeError(expected(accepted, name as string, cluster))
      if (!Number.isSafeInteger(cluster) || cluster < 0 || cluster >= clusters) throw new RangeError(expected(accepted, name as string, cluster))
      return means.data.subarray(cluster * latent, (cluster + 1) * latent)
    })
    return this.decode(line(a!, b!, steps))
  }

  /**
   * The most and the least typical of the items that are assigned to a cluster, at most `count` each.
   * @throws TypeError or RangeError
   */
  async members(data: DataInput, which: Given<typeof memberOptions>, options?: InferOptions): Promise<ClusterMembers> {
    const { cluster, count = memberOptions.count.default } = checkOptions(memberOptions, which)
    const clusters = this.options.clusters as number
    if (cluster >= clusters) throw new RangeError(expected(`an integer from 0 to ${clusters - 1}`, 'cluster', cluster))
    const tensors = await this.infer('typicality', data, options, this.members)
    const labels = tensors.labels!.data as Int32Array
    const logDensity = tensors.logDensity!.data as Float32Array
    const own = Int32Array.from(labels.keys())
      .filter(item => labels[item] === cluster)
      .sort((a, b) => logDensity[b]! - logDensity[a]! || a - b)
    return { most: own.slice(0, count), least: own.slice(Math.max(0, own.length - count)).reverse(), logDensity }
  }

  /**
   * The evidence lower bound of each item, in nats, for one sample of z, the same at each call; length n. With the gaussian loss
   * without its constant -d/2 ln 2π.
   */
  async elbo(data: DataInput, options?: InferOptions): Promise<Float32Array> {
    return (await this.infer('elbo', data, options, this.elbo)).elbo!.data as Float32Array
  }

  /** Mean of {@link VaDE.elbo}. */
  async score(data: DataInput, options?: InferOptions): Promise<number> {
    return mean((await this.infer('elbo', data, options, this.score)).elbo!.data as Float32Array)
  }

  /**
   * Bayes' information criterion (Schwarz 1978) with the evidence lower bound in place of the likelihood, counting the parameters of
   * the mixture: those of the network are the same for every number of clusters.
   */
  async bic(data: DataInput, options?: InferOptions): Promise<number> {
    const { elbo } = await this.infer('elbo', data, options, this.bic)
    return bic(elbo!.data as Float32Array, [this.options.clusters as number, this.settled.latent as number])
  }

  protected override resultOf(record: FitResult<VaDETypes>, tensors: Tensors, counted?: Counted): VaDEResult {
    return this.clusteringOf(record, tensors, counted)
  }
}
