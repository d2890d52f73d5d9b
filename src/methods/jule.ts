/** JULE (Yang, Parikh, Batra: Joint Unsupervised Learning of Deep Representations and Image Clusters, CVPR 2016). */

import { ClusterEstimator } from '../estimator/cluster-estimator.js'
import { enoughForGraph, enoughItems, imagesForAugmentation, imagesForSelfTraining, nesterovMomentum } from '../estimator/constraints.js'
import type { InferOptions } from '../estimator/estimator.js'
import { methodOf, type Preset } from '../estimator/method.js'
import { levelsOf } from '../estimator/pictures.js'
import type { Counted } from '../estimator/scores.js'
import type { ClusteringResult, DataInput, FitResult, FloatTensor } from '../estimator/types.js'
import type { Tensors } from '../native/addon.js'
import { neighbourVotes } from '../onnx/cluster-blocks.js'
import { needClusters } from '../onnx/learned.js'
import { convolutions, fullyConnected, scaledItems, unitLength } from '../onnx/network-blocks.js'
import {
  capNormsOption,
  changeOptions,
  clustersOption,
  linkageOptions,
  networkOptions,
  runOptions,
  scalingOption,
  scheduleOptions,
  selfTrainingOptions,
  selfTrainingPhases,
  trainItemsOption
} from '../options/groups.js'
import { selfTrained, shiftedImages } from '../options/preset-rows.js'
import { grouped, optionTable, withDefaults } from '../options/table.js'
import type { JULEOptions, JULETypes } from './types/jule.js'

export type { JULEOptions, JULETypes } from './types/jule.js'

const { initialisation, batchSize } = networkOptions

const options = optionTable({
  ...grouped(
    'Clustering',
    optionTable({
      ...clustersOption,
      ...trainItemsOption,
      eta: {
        type: 'number',
        min: 0,
        max: 1,
        open: 'min',
        default: 0.9,
        unit: 'share of the clusters',
        meaning: 'What a period merges away',
        source: 'JULE (0.9, faces 0.2)'
      },
      recluster: {
        type: 'boolean',
        default: true,
        meaning: 'Take the labels from an agglomeration of the final embedding from its start (RC), or from the joint process (SF)',
        source: 'JULE'
      },
      ...capNormsOption
    })
  ),
  ...grouped('Linkage', linkageOptions),
  ...grouped(
    'Network',
    optionTable({
      dimensions: {
        type: 'integer',
        min: 1,
        default: 160,
        unit: 'units',
        meaning: 'Size of the embedding, whose points have length 1',
        source: 'JULE'
      },
      maps: { type: 'integer', min: 1, default: 50, unit: 'maps', meaning: 'Maps of each convolution (images)', source: 'JULE' },
      widths: {
        type: 'integers',
        min: 1,
        default: [500, 500],
        unit: 'units',
        meaning: 'Hidden layers of the fully connected network (vectors, and images below 9 pixels a side)'
      },
      initialisation,
      ...scalingOption,
      ...withDefaults({ batchSize }, { batchSize: 100 })
    })
  ),
  ...grouped(
    'Triplets',
    optionTable({
      gamma: {
        type: 'number',
        min: 0,
        open: 'min',
        default: 2,
        meaning: 'Weight of the distance to the own cluster: a triplet’s loss is max(0, gamma · d²(a, p) - d²(a, n) + margin)',
        source: 'JULE (2; official code 1)'
      },
      margin: { type: 'number', min: 0, default: 0.2, meaning: 'Margin of the loss', source: 'official code' },
      negatives: {
        type: 'integer',
        min: 1,
        default: 20,
        unit: 'items',
        meaning: 'Items of other clusters in the batch that each item is compared with',
        source: 'official code'
      },
      members: {
        type: 'integer',
        min: 1,
        default: 10,
        unit: 'items',
        meaning: 'Items of one cluster that come together in a batch; 1 draws batches of random items, as published'
      }
    })
  ),
  ...grouped('Training of a period', {
    ...withDefaults(scheduleOptions, { epochs: 20 }),
    ...optionTable({
      schedule: {
        type: 'choice',
        choices: ['constant', 'cosine', 'step', 'inverse'],
        default: 'constant',
        meaning: 'Course of the learning rate; inverse: times (1 + 0.0001 step)^-0.75 over the whole run, the others anew in each period',
        source: 'inverse: official code'
      },
      weightDecay: { type: 'number', min: 0, default: 0, meaning: 'sgd: weight decay', source: 'JULE (0.00005)' }
    })
  }),
  ...changeOptions,
  ...selfTrainingOptions
})

const groupedTraining = { capNorms: true, members: 10, epochs: 5, optimizer: 'adam', learningRate: 1e-3, schedule: 'constant' } as const

const itemsOfPeriod = { epochs: 140_000 } as const

/** The automatic preset for images. */
const augmented = {
  values: { ...groupedTraining, ...shiftedImages },
  items: itemsOfPeriod
} as const

const presets = {
  paper: {
    adds: 'The published method with nothing added: SGD, batches of random items.',
    values: {
      eta: 0.9,
      recluster: true,
      capNorms: true,
      nearClusters: 5,
      lambda: 1,
      update: 'exact',
      balance: 0,
      initialisation: 'normal',
      gamma: 2,
      margin: 0.2,
      negatives: 20,
      members: 1,
      epochs: 20,
      optimizer: 'sgd',
      learningRate: 0.01,
      schedule: 'inverse',
      momentum: 0.9,
      weightDecay: 5e-5
    }
  },
  grouped: {
    adds: 'Batches in which items of one cluster come together, Adam, and shorter periods; for any data.',
    values: groupedTraining,
    items: itemsOfPeriod
  },
  augmented: {
    adds: 'As grouped, on randomly shifted and rotated images (after DEC-DA): the items of a triplet are changed each on its own.',
    ...augmented
  },
  'self-trained': selfTrained('augmented', augmented)
} as const satisfies Record<string, Preset<typeof options>>

const method = methodOf<JULETypes>()({
  name: 'jule',
  title: 'JULE',
  summary: 'Joint unsupervised learning: an embedding and its agglomeration, in turns',
  options,
  run: runOptions,
  presets,
  phases: ['clusters', 'period N', 'merge N', 'read-out', ...selfTrainingPhases],
  automatic: { images: 'augmented', other: 'grouped' },
  bfloat16: true,
  pictures: async ({ tensors, items }) => levelsOf(tensors.partitions!, items, tensors.items?.data as Int32Array | undefined),
  onnx: {
    model(graph, items, learned) {
      const { clusters, neighbours } = learned.options as { clusters: number; neighbours: number }
      needClusters(learned, 'labels')
      const x = scaledItems(graph, items, learned)
      const maps = 'convolution.0.weight' in learned.tensors ? convolutions(graph, x, learned, 'convolution') : x
      const embedding = unitLength(graph, fullyConnected(graph, maps, learned, 'embedding', 'relu'))
      return { embedding, ...neighbourVotes(graph, embedding, learned, 'features', 'labels', clusters, neighbours) }
    }
  },
  conditions: [nesterovMomentum()],
  check(values, data) {
    if (!data) return
    enoughItems(values, data)
    imagesForAugmentation(values, data)
    imagesForSelfTraining(values, data)
    enoughForGraph(data)
  }
})

/** What {@link JULE.fit} resolves with. */
export interface JULEResult extends ClusteringResult<JULETypes> {
  /** The clusters that the joint process ended with (SF), of the items trained on; `labels` differ from them where `recluster` is on. */
  readonly joint: Int32Array
  /** The cluster of each item trained on before the first period and after each: many small ones first. */
  readonly partitions: readonly Int32Array[]
  /** The items trained on, ascending, where they are not all (`trainItems`). */
  readonly items?: Int32Array
}

/**
 * Joint unsupervised learning: many small clusters first; in turns an embedding is trained on them (triplets), and graph degree
 * linkage in that embedding merges most of them, until `clusters` are left. For new items, the nearest fitted ones vote.
 *
 * @example
 * const model = new JULE({ clusters: 10, seed: 0 })
 * const { labels, partitions } = await model.fit(images)
 */
export class JULE extends ClusterEstimator<JULEResult> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: JULEOptions) {
    super(method, options)
  }

  /** The embedding of each item, of length 1: `[n, dimensions]`. */
  async transform(data: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('transform', 'embedding', data, options, this.transform)
  }

  protected override resultOf(record: FitResult<JULETypes>, tensors: Tensors, counted?: Counted): JULEResult {
    const { data, shape } = tensors.partitions!
    const n = shape[1]!
    const partitions = Array.from({ length: shape[0]! }, (_, period) => (data as Int32Array).subarray(period * n, (period + 1) * n))
    const { joint, items } = tensors
    return {
      ...this.clusteringOf(record, tensors, counted),
      joint: joint!.data as Int32Array,
      partitions,
      ...(items && { items: items.data as Int32Array })
    }
  }
}
