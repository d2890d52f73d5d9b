/** The autoencoder that deep clustering starts from; also useful alone, as an embedding. */

import { bernoulliScaling, imagesForAugmentation, nesterovMomentum, someEpochs } from '../estimator/constraints.js'
import { Estimator, type InferOptions } from '../estimator/estimator.js'
import { methodOf, type Preset } from '../estimator/method.js'
import type { DataInput, FitResult, FloatTensor } from '../estimator/types.js'
import { autoencoderDecoder, encoded } from '../onnx/network-blocks.js'
import { augmentationOptions, layerwiseOptions, networkOptions, runOptions, scheduleOptions } from '../options/groups.js'
import { shiftedImages } from '../options/preset-rows.js'
import { grouped, optionTable } from '../options/table.js'
import type { AutoEncoderOptions, AutoEncoderTypes } from './types/autoencoder.js'

export type { AutoEncoderOptions, AutoEncoderTypes } from './types/autoencoder.js'

const options = optionTable({
  ...networkOptions,
  ...grouped('Training', scheduleOptions),
  ...augmentationOptions,
  ...layerwiseOptions
})

const presets = {
  adam: {
    adds: 'Plain end-to-end training with Adam; nothing added.',
    values: { epochs: 60, optimizer: 'adam', learningRate: 1e-3, schedule: 'constant', loss: 'squared', initialisation: 'fan-in-uniform' },
    items: { epochs: 4_200_000 }
  },
  sgd: {
    adds: 'The recipe of DEC-keras: end-to-end SGD with a learning rate of 1 and momentum on the mean squared error.',
    values: {
      epochs: 300,
      optimizer: 'sgd',
      learningRate: 1,
      schedule: 'constant',
      momentum: 0.9,
      loss: 'mean-squared',
      initialisation: 'fan-in-uniform'
    }
  },
  layerwise: {
    adds: 'The recipe of DEC: layer after layer as denoising autoencoders, then end to end.',
    values: {
      layerwiseEpochs: 50,
      corruption: 0.2,
      epochs: 100,
      optimizer: 'sgd',
      learningRate: 0.1,
      schedule: 'step',
      momentum: 0.9,
      loss: 'mean-squared',
      initialisation: 'normal'
    }
  },
  augmented: {
    adds: 'Trains on randomly shifted and rotated images (after DEC-DA), Adam with a cosine schedule.',
    values: {
      epochs: 100,
      optimizer: 'adam',
      learningRate: 1e-3,
      schedule: 'cosine',
      finalRate: 0.01,
      loss: 'squared',
      initialisation: 'fan-in-uniform',
      ...shiftedImages
    },
    items: { epochs: 7_000_000 }
  }
} as const satisfies Record<string, Preset<typeof options>>

const method = methodOf<AutoEncoderTypes>()({
  name: 'autoencoder',
  title: 'AutoEncoder',
  summary: 'Fully connected autoencoder: an embedding of the items, without labels',
  options,
  run: runOptions,
  presets,
  phases: ['layer N', 'train'],
  automatic: { images: 'augmented', other: 'adam' },
  bfloat16: true,
  onnx: { model: (graph, items, learned) => ({ embedding: encoded(graph, items, learned) }), decoder: autoencoderDecoder },
  conditions: [bernoulliScaling, nesterovMomentum(), { ...someEpochs, when: { layerwiseEpochs: { is: 0 } } }],
  check(values, data) {
    if (data) imagesForAugmentation(values, data)
  }
})

/**
 * A fully connected autoencoder, trained end to end or layer by layer.
 *
 * @example
 * const model = new AutoEncoder({ latent: 10, epochs: 20 })
 * await model.fit(images)
 * const { data, shape } = await model.transform(images) // shape: [n, 10]
 */
export class AutoEncoder extends Estimator<FitResult<AutoEncoderTypes>> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: AutoEncoderOptions = {}) {
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

  protected override resultOf(record: FitResult<AutoEncoderTypes>): FitResult<AutoEncoderTypes> {
    return record
  }
}
