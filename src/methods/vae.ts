/** The variational autoencoder (Kingma and Welling: Auto-Encoding Variational Bayes, ICLR 2014). */

import { toDataset } from '../data/index.js'
import { expected } from '../errors.js'
import { bernoulliScaling, nesterovMomentum, settleLoss, someEpochs } from '../estimator/constraints.js'
import { Estimator, type InferOptions } from '../estimator/estimator.js'
import { methodOf } from '../estimator/method.js'
import { priorSamples } from '../estimator/pictures.js'
import { checkedDraw, checkSteps, line, type SampleOptions } from '../estimator/sampling.js'
import type { DataInput, FitResult, FloatTensor } from '../estimator/types.js'
import { autoencoderDecoder, encoded, normalGenerator } from '../onnx/network-blocks.js'
import { likelihoodNetworkOptions, runOptions, scheduleOptions } from '../options/groups.js'
import { grouped, optionTable } from '../options/table.js'
import type { VAEOptions, VAETypes } from './types/vae.js'

export type { VAEOptions, VAETypes } from './types/vae.js'

const options = optionTable({ ...likelihoodNetworkOptions, ...grouped('Training', scheduleOptions) })

const method = methodOf<VAETypes>()({
  name: 'vae',
  title: 'VAE',
  summary: 'Variational autoencoder: an embedding with a density, and a generator of items',
  options,
  run: runOptions,
  presets: {},
  phases: ['train'],
  automatic: null,
  bfloat16: true,
  pictures: priorSamples,
  onnx: {
    model: (graph, items, learned) => ({ embedding: encoded(graph, items, learned) }),
    decoder: autoencoderDecoder,
    generator: normalGenerator
  },
  settle: settleLoss,
  conditions: [bernoulliScaling, nesterovMomentum(), someEpochs]
})

/**
 * A fully connected variational autoencoder with the prior N(0, I).
 *
 * @example
 * const model = new VAE({ latent: 10, epochs: 30 })
 * await model.fit(images)
 * const { samples } = await model.sample({ count: 16 }) // shape: [16, 28, 28]
 */
export class VAE extends Estimator<FitResult<VAETypes>> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: VAEOptions = {}) {
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
   * The evidence lower bound of each item, in nats: log p(x | z) - KL(q(z | x) ‖ N(0, I)) for one sample of z, the same at each
   * call; length n. With the gaussian loss without its constant -d/2 ln 2π.
   */
  async elbo(data: DataInput, options?: InferOptions): Promise<Float32Array> {
    return (await this.infer('elbo', data, options, this.elbo)).elbo!.data as Float32Array
  }

  /** New items, decoded from draws of N(0, I), in the units of the data. @throws TypeError or RangeError for a bad option */
  async sample(options: SampleOptions = {}): Promise<{ readonly samples: FloatTensor; readonly latents: FloatTensor }> {
    const { samples, latents } = await this.generate('sample', checkedDraw(options), this.sample)
    return { samples: samples as FloatTensor, latents: latents as FloatTensor }
  }

  /** Items on the line between the embeddings of two items, these included: `[steps, ...shape]`. */
  async interpolate(pair: DataInput, steps = 10): Promise<FloatTensor> {
    checkSteps(steps)
    const two = await toDataset(pair)
    if (two.shape[0] !== 2) throw new RangeError(expected('two items', 'pair', two.shape[0]))
    const { data, shape } = await this.transform(two)
    const latent = shape[1]!
    return this.decode(line(data.subarray(0, latent), data.subarray(latent), steps))
  }

  protected override resultOf(record: FitResult<VAETypes>): FitResult<VAETypes> {
    return record
  }
}
