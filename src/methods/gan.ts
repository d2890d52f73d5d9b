/** The generative adversarial network (Goodfellow et al.: Generative Adversarial Nets, NeurIPS 2014), on InfoGAN's networks. */

import {
  type CodeSampleOptions,
  checkedCodeDraw,
  codesOf,
  fixedValues,
  latentWidth,
  type Traversal,
  type TraverseOptions,
  traversed
} from '../estimator/codes.js'
import { adversarialConditions, settleOutput } from '../estimator/constraints.js'
import { Estimator, type InferOptions } from '../estimator/estimator.js'
import { methodOf } from '../estimator/method.js'
import { priorSamples, traversals } from '../estimator/pictures.js'
import type { DataInput, FitResult, FloatTensor } from '../estimator/types.js'
import { codeGenerator, discriminatorFeatures } from '../onnx/adversarial-blocks.js'
import { scaledItems } from '../onnx/network-blocks.js'
import { adversarialOptions, codesOption } from '../options/adversarial.js'
import { runOptions } from '../options/groups.js'
import { grouped, optionTable, withDefaults } from '../options/table.js'
import type { GANOptions, GANTypes } from './types/gan.js'

export type { GANOptions, GANTypes } from './types/gan.js'

const options = optionTable({ ...grouped('Latent space', withDefaults(codesOption, { codes: 'cat10,uniform,uniform' })), ...adversarialOptions })

const method = methodOf<GANTypes>()({
  name: 'gan',
  title: 'GAN',
  summary: 'Generative adversarial network: a generator of items, without anything that gives its codes a meaning',
  options,
  run: runOptions,
  presets: {},
  phases: ['train'],
  automatic: null,
  bfloat16: true,
  pictures: async run => ({
    ...(await priorSamples(run, { codes: fixedValues(codesOf(run.options), undefined) })),
    ...(await traversals(run, codesOf(run.options)))
  }),
  onnx: {
    model: (graph, items, learned) => ({ embedding: discriminatorFeatures(graph, scaledItems(graph, items, learned), learned) }),
    generator: codeGenerator(({ options: values }) => codesOf(values))
  },
  settle: settleOutput,
  conditions: [...adversarialConditions],
  check(values) {
    codesOf(values)
  }
})

/**
 * A generative adversarial network. Its codes are part of the noise: nothing makes the generator use them, which InfoGAN is compared with.
 *
 * @example
 * const model = new GAN({ epochs: 20, seed: 0 })
 * await model.fit(images)
 * const { samples } = await model.sample({ count: 16 }) // shape: [16, 28, 28]
 */
export class GAN extends Estimator<FitResult<GANTypes>> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: GANOptions = {}) {
    super(method, options)
  }

  /** The last hidden layer of the discriminator for each item: `[n, hidden]`. */
  async transform(data: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('transform', 'embedding', data, options, this.transform)
  }

  /** New items, in the units of the data, and the generator's inputs that they were made from. @throws TypeError or RangeError for a bad option */
  async sample(options: CodeSampleOptions = {}): Promise<{ readonly samples: FloatTensor; readonly latents: FloatTensor }> {
    const { samples, latents } = await this.generate('sample', checkedCodeDraw(options, codesOf(this.settledFor('sample'))), this.sample)
    return { samples: samples as FloatTensor, latents: latents as FloatTensor }
  }

  /** Items from inputs of the generator, `[n, width]` (noise, then the codes, categories as one-hot rows): `[n, ...shape]`. */
  async decode(latents: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('decode', 'items', latents, options, this.decode, [latentWidth(this.settledFor('decode'))])
  }

  /** A grid of items: along a row one code takes its values, everything else stays. @throws TypeError or RangeError for a bad option */
  async traverse(options: TraverseOptions = {}): Promise<Traversal> {
    return traversed(options, codesOf(this.settledFor('traverse')), walk => this.generate('traverse', walk, this.traverse))
  }

  protected override resultOf(record: FitResult<GANTypes>): FitResult<GANTypes> {
    return record
  }
}
