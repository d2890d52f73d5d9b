/** DCN, the Deep Clustering Network (Yang, Fu, Sidiropoulos, Hong: Towards K-means-friendly Spaces, ICML 2017). */

import { ClusterEstimator } from '../estimator/cluster-estimator.js'
import {
  bernoulliScaling,
  enoughItems,
  graphForRestarts,
  graphForRounds,
  imagesForAugmentation,
  imagesForSelfTraining,
  nesterovMomentum
} from '../estimator/constraints.js'
import type { InferOptions } from '../estimator/estimator.js'
import { methodOf, normalisedCut, type Preset } from '../estimator/method.js'
import { prototypes } from '../estimator/pictures.js'
import type { Counted } from '../estimator/scores.js'
import type { ClusteringResult, DataInput, FitResult, FloatTensor } from '../estimator/types.js'
import type { Tensors } from '../native/addon.js'
import { nearestCentre, squaredDistances } from '../onnx/cluster-blocks.js'
import { floats, needClusters } from '../onnx/learned.js'
import { autoencoderDecoder, encoded } from '../onnx/network-blocks.js'
import {
  augmentationOptions,
  clustersOption,
  graphOptions,
  layerwiseOptions,
  linkageOptions,
  networkOptions,
  runOptions,
  scheduleOptions,
  selfTrainingOptions,
  selfTrainingPhases,
  toleranceOption,
  trainItemsOption
} from '../options/groups.js'
import { plainItems, plainPretraining, selfTrained, shiftedImages, startByGraph } from '../options/preset-rows.js'
import { grouped, optionTable, prefixed, withDefaults } from '../options/table.js'
import type { DCNOptions, DCNTypes } from './types/dcn.js'

export type { DCNOptions, DCNTypes } from './types/dcn.js'

const options = optionTable({
  ...grouped(
    'Clustering',
    optionTable({
      ...clustersOption,
      ...trainItemsOption,
      lambda: {
        type: 'number',
        min: 0,
        default: 0.1,
        meaning: 'Weight of the clustering term: the loss of an item is its reconstruction loss + lambda/2 · ‖f(x) - m‖²',
        source: 'DCN (0.05 on raw MNIST)'
      },
      start: {
        type: 'choice',
        choices: ['kmeans', 'graph', 'linkage'],
        default: 'kmeans',
        meaning:
          'How the first clusters are found in the pre-trained embedding: by k-means, or from its neighbour graph by spectral clustering or by graph degree linkage',
        source: 'kmeans: DCN'
      },
      kmeansRestarts: {
        type: 'integer',
        min: 1,
        default: 20,
        unit: 'runs',
        meaning: 'Restarts of each k-means on the embedding',
        source: 'official DCN code: 10; DEC: 20'
      },
      kmeansIterations: { type: 'integer', min: 1, default: 300, unit: 'iterations', meaning: 'Most iterations of one k-means run' },
      pseudoCount: {
        type: 'integer',
        min: 0,
        default: 100,
        unit: 'items',
        meaning: 'What each first centroid counts for in the running mean',
        source: 'official DCN code'
      },
      refreshEvery: {
        type: 'integer',
        min: 0,
        default: 0,
        unit: 'epochs',
        meaning: 'Epochs between k-means refreshes of the centroids; 0 is never',
        source: 'official DCN code: 10'
      },
      reencode: {
        type: 'boolean',
        default: true,
        meaning:
          'Assign with the embedding after the update of the network, as published, of the item itself where images are augmented; or with the one before it (faster)',
        source: 'DCN'
      },
      finalKmeans: {
        type: 'boolean',
        default: true,
        meaning: 'Take the final labels from a fresh k-means on the final embedding',
        source: 'official DCN code'
      },
      restarts: {
        type: 'integer',
        min: 1,
        default: 1,
        unit: 'runs',
        meaning:
          'Whole runs, with the seeds from `seed` on; the one with the lowest normalised cut of its last graph is kept (a start from the graph only)'
      },
      ...toleranceOption
    })
  ),
  ...networkOptions,
  ...grouped('Pre-training', prefixed('pretrain', scheduleOptions)),
  ...layerwiseOptions,
  ...graphOptions,
  ...grouped('Linkage (`start: linkage`)', prefixed('linkage', linkageOptions)),
  ...grouped('Rounds of refinement', prefixed('round', withDefaults(scheduleOptions, { epochs: 4 }))),
  ...grouped('Joint phase', withDefaults(scheduleOptions, { epochs: 6, learningRate: 1e-4 })),
  ...augmentationOptions,
  ...selfTrainingOptions
})

/** On shifted and rotated images. */
const augmentedPretraining = {
  ...shiftedImages,
  pretrainEpochs: 200,
  pretrainOptimizer: 'adam',
  pretrainLearningRate: 1e-3,
  pretrainSchedule: 'cosine',
  pretrainFinalRate: 0.01
} as const

/** After rounds of refinement, with the stronger clustering term. */
const shortJointPhase = { epochs: 4, optimizer: 'adam', learningRate: 3e-4, lambda: 20 } as const

/** The automatic preset for images. */
const augmented = {
  values: {
    ...augmentedPretraining,
    ...startByGraph,
    rounds: 6,
    roundEpochs: 5,
    ...shortJointPhase,
    balance: 0.7,
    finalKmeans: false
  },
  items: { pretrainEpochs: 2_000_000, roundEpochs: 70_000, epochs: 140_000 }
} as const

const presets = {
  paper: {
    adds: 'The published method with nothing added.',
    values: {
      initialisation: 'fan-in-normal',
      loss: 'squared',
      layerwiseEpochs: 50,
      pretrainEpochs: 50,
      pretrainOptimizer: 'sgd',
      pretrainLearningRate: 1e-4,
      pretrainMomentum: 0.9,
      epochs: 50,
      optimizer: 'sgd',
      learningRate: 1e-4,
      momentum: 0.9,
      nesterov: true,
      lambda: 0.05,
      kmeansRestarts: 10,
      pseudoCount: 100,
      refreshEvery: 10,
      reencode: true,
      finalKmeans: true
    }
  },
  plain: {
    adds: 'End-to-end pre-training with Adam in place of the layer-wise one, and a short joint phase with Adam; for any data.',
    values: {
      ...plainPretraining,
      epochs: 6,
      optimizer: 'adam',
      learningRate: 1e-4,
      lambda: 0.1
    },
    items: { ...plainItems, epochs: 420_000 }
  },
  'augmented-kmeans': {
    adds: 'Trains on randomly shifted and rotated images (after DEC-DA), Adam with a cosine schedule, and a stronger clustering term; no graph.',
    values: {
      ...augmentedPretraining,
      epochs: 20,
      optimizer: 'adam',
      learningRate: 1e-3,
      lambda: 20,
      kmeansRestarts: 20,
      refreshEvery: 0,
      reencode: true,
      finalKmeans: true
    },
    items: { pretrainEpochs: 3_500_000, epochs: 350_000 }
  },
  graph: {
    adds: 'Starts from clusters of the neighbour graph in place of k-means, after a round of training with them frozen; a stronger clustering term; for any data.',
    values: {
      ...plainPretraining,
      ...startByGraph,
      ...shortJointPhase,
      finalKmeans: false
    },
    items: { ...plainItems, roundEpochs: 140_000, epochs: 140_000 }
  },
  augmented: {
    adds: 'As graph, on randomly shifted and rotated images (after DEC-DA), with longer pre-training, six such rounds, and a stricter assumption that clusters are of similar size.',
    ...augmented
  },
  'self-trained': selfTrained('augmented', augmented)
} as const satisfies Record<string, Preset<typeof options>>

const method = methodOf<DCNTypes>()({
  name: 'dcn',
  title: 'DCN',
  summary: 'Deep Clustering Network: an autoencoder and k-means in its embedding, trained together',
  options,
  run: runOptions,
  presets,
  phases: ['layer N', 'pretrain', 'start', 'graph N', 'refine N', 'graph', 'joint', 'read-out', ...selfTrainingPhases],
  automatic: { images: 'augmented', other: 'graph' },
  criterion: () => normalisedCut,
  bfloat16: true,
  pictures: prototypes,
  onnx: {
    model(graph, items, learned) {
      needClusters(learned, 'assignments')
      const embedding = encoded(graph, items, learned)
      return { embedding, ...nearestCentre(graph, squaredDistances(graph, embedding, floats(learned, 'centroids')), learned) }
    },
    decoder: autoencoderDecoder
  },
  conditions: [bernoulliScaling, nesterovMomentum(), nesterovMomentum('pretrain'), nesterovMomentum('round'), graphForRounds, graphForRestarts],
  check(values, data) {
    if (data) {
      enoughItems(values, data)
      imagesForAugmentation(values, data)
      imagesForSelfTraining(values, data)
    }
  }
})

/** What {@link DCN.fit} resolves with. */
export interface DCNResult extends ClusteringResult<DCNTypes> {
  /** The joint phase's own assignments, `Int32Array` of length n; `labels` differ from them where `finalKmeans` is on. */
  readonly assignments: Int32Array
}

/**
 * The Deep Clustering Network: pre-trains an autoencoder, starts centroids in its embedding, then trains network,
 * assignments and centroids in turn.
 *
 * @example
 * const model = new DCN({ clusters: 10, seed: 0 })
 * const { labels, deadClusters } = await model.fit(images)
 * const more = await model.predict(moreImages)
 */
export class DCN extends ClusterEstimator<DCNResult> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: DCNOptions) {
    super(method, options)
  }

  /** The embedding of each item: `[n, latent]`. */
  async transform(data: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('transform', 'embedding', data, options, this.transform)
  }

  /** Each item through encoder and decoder: `[n, ...shape]`, in the units of the data (0..255 after a fit on bytes). */
  async reconstruct(data: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('reconstruct', 'reconstruction', data, options, this.reconstruct)
  }

  protected override resultOf(record: FitResult<DCNTypes>, tensors: Tensors, counted?: Counted): DCNResult {
    return { ...this.clusteringOf(record, tensors, counted), assignments: tensors.assignments!.data as Int32Array }
  }
}
