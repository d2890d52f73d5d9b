/** InfoGAN (Chen, Duan, Houthooft, Schulman, Sutskever, Abbeel: Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets, NeurIPS 2016). */

import { expected } from '../errors.js'
import { ClusterEstimator } from '../estimator/cluster-estimator.js'
import {
  type CodeSampleOptions,
  checkedCodeDraw,
  codeColumns,
  codesOf,
  latentWidth,
  type Traversal,
  type TraverseOptions,
  traversed
} from '../estimator/codes.js'
import {
  adversarialConditions,
  augmentationForViews,
  enoughItems,
  imagesForAugmentation,
  imagesForSelfTraining,
  settleOutput
} from '../estimator/constraints.js'
import type { InferOptions } from '../estimator/estimator.js'
import { methodOf, mutualInformation, type Preset } from '../estimator/method.js'
import { categorySamples, traversals } from '../estimator/pictures.js'
import type { ClusterSamples } from '../estimator/sampling.js'
import type { Counted } from '../estimator/scores.js'
import type { ClusteringResult, DataInput, FitResult, FloatTensor } from '../estimator/types.js'
import type { Tensors } from '../native/addon.js'
import { auxiliaryCodes, codeGenerator, discriminatorFeatures } from '../onnx/adversarial-blocks.js'
import { needClusters } from '../onnx/learned.js'
import { scaledItems } from '../onnx/network-blocks.js'
import { adversarialOptions, codesOption } from '../options/adversarial.js'
import { checkOptions } from '../options/check.js'
import { changeOptions, runOptions, selfTrainingOptions, selfTrainingPhases, trainItemsOption } from '../options/groups.js'
import { selfTrained, views } from '../options/preset-rows.js'
import { grouped, optionTable } from '../options/table.js'
import type { InfoGANOptions, InfoGANTypes } from './types/infogan.js'

export type { InfoGANOptions, InfoGANTypes } from './types/infogan.js'

const options = optionTable({
  ...grouped(
    'Clustering',
    optionTable({
      clusters: {
        type: 'integer',
        min: 2,
        required: true,
        unit: 'clusters',
        meaning: 'Categories of the first code, c1: its posterior clusters the items'
      },
      ...trainItemsOption,
      lambda: { type: 'number', min: 0, open: 'min', default: 1, meaning: 'Weight of the information of categorical codes', source: 'InfoGAN' },
      numberLambda: {
        type: 'number',
        min: 0,
        default: 1,
        meaning: 'Weight of the information of codes that are numbers',
        source: 'official code: 1; ports: 0.1'
      },
      informationTrains: {
        type: 'choice',
        choices: ['features', 'generator'],
        default: 'features',
        meaning:
          'What learns from the information beside the head: the features that it shares with the discriminator and the generator, or the generator alone',
        source: 'features: official code; generator: common ports'
      },
      viewInformation: {
        type: 'number',
        min: 0,
        default: 0,
        meaning: 'Weight of the mutual information between the clusters of a real image and of an augmented copy, which is raised; 0 is off',
        source: 'Ji, Henriques and Vedaldi 2019'
      },
      learnedVariance: {
        type: 'boolean',
        default: false,
        meaning: 'Let Q(c | x) of numbers have a variance that is learned; else it is 1',
        source: 'off: official code'
      },
      leastLogVariance: { type: 'number', min: -20, max: 0, default: -4, meaning: 'learnedVariance: what the log variance does not go below' },
      restarts: {
        type: 'integer',
        min: 1,
        default: 1,
        unit: 'runs',
        meaning:
          'Whole runs, with the seeds from `seed` on. Kept is the one with the highest mutual information between the clusters of two views of real items: augmented copies of images, else the items themselves'
      }
    })
  ),
  ...grouped('Latent space', codesOption),
  ...adversarialOptions,
  ...changeOptions,
  ...selfTrainingOptions
})

const publishedWeights = { lambda: 1, numberLambda: 1, informationTrains: 'features' } as const

const itemsSeen = { epochs: 700_000 } as const

/** The automatic preset for images. */
const invariant = {
  values: { ...publishedWeights, viewInformation: 1, epochs: 30, ...views },
  items: itemsSeen
} as const

const presets = {
  paper: {
    adds: 'The published method with the settings of its official code, nothing added; images only. Changed copies of images rank restarts, they train nothing.',
    values: { ...publishedWeights, viewInformation: 0, learnedVariance: false, epochs: 64, ...views },
    items: itemsSeen
  },
  invariant: { adds: 'Real images train the head too: their clusters are to be those of their changed copies, and evenly used.', ...invariant },
  'self-trained': selfTrained('invariant', invariant),
  plain: {
    adds: 'The published objective on vectors, scaled to deviation 1.',
    values: { scaling: 'standard', lambda: 1, numberLambda: 0.1, informationTrains: 'features', viewInformation: 0 }
  }
} as const satisfies Record<string, Preset<typeof options>>

const method = methodOf<InfoGANTypes>()({
  name: 'infogan',
  title: 'InfoGAN',
  summary: 'Information maximizing GAN: a generator whose codes mean something, the first of them clusters',
  options,
  run: runOptions,
  presets,
  phases: ['train', 'read-out', ...selfTrainingPhases],
  automatic: { images: 'invariant', other: 'plain' },
  criterion: () => mutualInformation,
  bfloat16: true,
  pictures: async run => ({ ...(await categorySamples(run, codesOf(run.options))), ...(await traversals(run, codesOf(run.options))) }),
  onnx: {
    model(graph, items, learned) {
      needClusters(learned, 'assignments')
      return auxiliaryCodes(graph, discriminatorFeatures(graph, scaledItems(graph, items, learned), learned), learned, codesOf(learned.options))
    },
    generator: codeGenerator(({ options: values }) => codesOf(values))
  },
  settle: settleOutput,
  conditions: [...adversarialConditions, { when: { viewInformation: { above: 0 } }, needs: ['informationTrains', { is: 'features' }] }],
  check(values, data) {
    codesOf(values)
    if (!data) return
    enoughItems(values, data)
    imagesForAugmentation(values, data)
    imagesForSelfTraining(values, data)
    augmentationForViews(values, { viewInformation: value => (value as number) > 0 })
  }
})

/** What {@link InfoGAN.fit} resolves with. */
export type InfoGANResult = ClusteringResult<InfoGANTypes>

const probabilityOptions = optionTable({ code: { type: 'text', placeholder: 'c1|c2|…', default: 'c1', meaning: 'A categorical code' } })

/** Options of {@link InfoGAN.sample}. */
export type InfoGANSampleOptions = CodeSampleOptions & {
  /** The category of c1: as `codes: { c1: … }`. */
  cluster?: number | undefined
}

/**
 * InfoGAN: a generative adversarial network that is rewarded for items which tell their codes. What the first code, a category, comes to
 * mean are clusters of the data; the numbers become ways in which items vary.
 *
 * @example
 * const model = new InfoGAN({ clusters: 10, seed: 0 })
 * const { labels } = await model.fit(images)
 * const { items } = await model.traverse({ code: 'c2', from: -2, to: 2, steps: 10 })
 */
export class InfoGAN extends ClusterEstimator<InfoGANResult> {
  static override readonly method = method

  /** @throws TypeError or RangeError if an option is unknown, of the wrong type or out of range */
  constructor(options: InfoGANOptions) {
    super(method, options)
  }

  /**
   * The probability of each category of a code for each item by Q(c | x), `[n, categories]`; rows sum to 1. Of c1, the clusters, without `code`.
   * @throws TypeError or RangeError if `code` is no categorical code of the model
   */
  override async predictProba(data: DataInput, options: InferOptions & { readonly code?: string | undefined } = {}): Promise<FloatTensor> {
    const { code: asked, ...rest } = options
    const { code: name = 'c1' } = checkOptions(probabilityOptions, { code: asked })
    const codes = codesOf(this.settledFor('predictProba'))
    const code = codes.findIndex(one => one.name === name)
    if (codes[code]?.kind !== 'categorical') {
      throw new RangeError(
        expected(
          `one of ${codes
            .filter(one => one.kind === 'categorical')
            .map(one => one.name)
            .join(', ')}`,
          'code',
          name
        )
      )
    }
    if (name === 'c1') return this.inferFloats('predictProba', 'probabilities', data, rest, this.predictProba)
    return codeColumns(await this.transform(data, rest), codes, code)
  }

  /** All codes of each item, side by side: the probabilities of categorical ones, the means of numbers, c1 first. `[n, …]` */
  async transform(data: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('transform', 'embedding', data, options, this.transform)
  }

  /** New items, in the units of the data, the generator's inputs that they were made from, and their clusters. @throws TypeError or RangeError for a bad option */
  async sample({ cluster, codes: given, ...options }: InfoGANSampleOptions = {}): Promise<ClusterSamples & { readonly latents: FloatTensor }> {
    const settled = this.settledFor('sample')
    const codes = codesOf(settled)
    if (cluster !== undefined && given?.c1 !== undefined) throw new RangeError(expected('no value of c1 (`cluster` is given)', 'codes', given))
    const values = cluster === undefined ? given : { ...given, c1: cluster }
    const { samples, latents } = await this.generate('sample', checkedCodeDraw({ ...options, codes: values }, codes), this.sample)
    const first = codes[0]!.size
    const { data } = codeColumns(latents as FloatTensor, [{ name: 'noise', kind: 'uniform', size: settled.noise as number }, ...codes], 1)
    const labels = Int32Array.from({ length: data.length / first }, (_, row) => data.subarray(row * first, (row + 1) * first).indexOf(1))
    return { samples: samples as FloatTensor, latents: latents as FloatTensor, labels }
  }

  /** Items from inputs of the generator, `[n, width]` (noise, then the codes, categories as one-hot rows): `[n, ...shape]`. */
  async decode(latents: DataInput, options?: InferOptions): Promise<FloatTensor> {
    return this.inferFloats('decode', 'items', latents, options, this.decode, [latentWidth(this.settledFor('decode'))])
  }

  /** A grid of items: along a row one code takes its values, everything else stays. @throws TypeError or RangeError for a bad option */
  async traverse(options: TraverseOptions = {}): Promise<Traversal> {
    return traversed(options, codesOf(this.settledFor('traverse')), walk => this.generate('traverse', walk, this.traverse))
  }

  protected override resultOf(record: FitResult<InfoGANTypes>, tensors: Tensors, counted?: Counted): InfoGANResult {
    return this.clusteringOf(record, tensors, counted)
  }
}
