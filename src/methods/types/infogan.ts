/** Written by `npm run docs` from the tables in ../infogan.ts: change them there. */

import type { Device } from '../../options/table.js'

/** Options of {@link InfoGAN}; docs/infogan.md has them as a table. */
export interface InfoGANOptions {
  /**
   * Categories of the first code, c1: its posterior clusters the items.
   * An integer from 2 (clusters).
   */
  clusters: number
  /**
   * Most items that clusters are trained on, drawn by the seed; the others get theirs from what was learned. 0 is all.
   * An integer from 0 (items).
   * @defaultValue `100000`
   */
  trainItems?: number | undefined
  /**
   * Weight of the information of categorical codes.
   * A number above 0.
   * Source: InfoGAN.
   * @defaultValue `1`
   */
  lambda?: number | undefined
  /**
   * Weight of the information of codes that are numbers.
   * A number from 0.
   * Source: official code: 1; ports: 0.1.
   * @defaultValue `1`
   */
  numberLambda?: number | undefined
  /**
   * What learns from the information beside the head: the features that it shares with the discriminator and the generator, or the generator alone.
   * 'features' or 'generator'.
   * Source: features: official code; generator: common ports.
   * @defaultValue `"features"`
   */
  informationTrains?: 'features' | 'generator' | undefined
  /**
   * Weight of the mutual information between the clusters of a real image and of an augmented copy, which is raised; 0 is off.
   * A number from 0.
   * Source: Ji, Henriques and Vedaldi 2019.
   * @defaultValue `0`
   */
  viewInformation?: number | undefined
  /**
   * Let Q(c | x) of numbers have a variance that is learned; else it is 1.
   * True or false.
   * Source: off: official code.
   * @defaultValue `false`
   */
  learnedVariance?: boolean | undefined
  /**
   * learnedVariance: what the log variance does not go below.
   * A number from -20 to 0.
   * @defaultValue `-4`
   */
  leastLogVariance?: number | undefined
  /**
   * Whole runs, with the seeds from `seed` on. Kept is the one with the highest mutual information between the clusters of two views of real items: augmented copies of images, else the items themselves.
   * An integer from 1 (runs).
   * @defaultValue `1`
   */
  restarts?: number | undefined
  /**
   * Codes beside the noise, by commas: cat10 is one of 10 categories, uniform is U(-1, 1), gaussian N(0, 1); none for none.
   * A text (cat10,uniform,gaussian,…|none).
   * Source: InfoGAN.
   * @defaultValue `"uniform,uniform"`
   */
  codes?: string | undefined
  /**
   * Incompressible noise beside the codes.
   * An integer from 1 (dimensions).
   * Source: InfoGAN.
   * @defaultValue `62`
   */
  noise?: number | undefined
  /**
   * Of the noise: U(-1, 1) or N(0, 1).
   * 'uniform' or 'gaussian'.
   * Source: uniform: official InfoGAN code.
   * @defaultValue `"uniform"`
   */
  noiseDistribution?: 'uniform' | 'gaussian' | undefined
  /**
   * Maps of the outer convolution, of 4 x 4 pixels with stride 2; the inner one has twice as many (images whose sides are multiples of 4, from 8 on).
   * An integer from 1 (maps).
   * Source: InfoGAN.
   * @defaultValue `64`
   */
  maps?: number | undefined
  /**
   * Fully connected layer beside the convolutions.
   * An integer from 1 (units).
   * Source: InfoGAN.
   * @defaultValue `1024`
   */
  hidden?: number | undefined
  /**
   * Layers of the fully connected discriminator (vectors and other images); the generator mirrors them.
   * A list of integers, each from 1 (units).
   * @defaultValue `[512,512]`
   */
  widths?: readonly number[] | undefined
  /**
   * Slope of the discriminator’s leaky ReLU below 0.
   * A number from 0 to below 1.
   * Source: InfoGAN; its official code: 0.01.
   * @defaultValue `0.1`
   */
  leak?: number | undefined
  /**
   * Last layer of the generator: sigmoid for data in 0..1, linear for any. auto is sigmoid for bytes scaled to 0..1, linear for the rest.
   * 'auto', 'sigmoid' or 'linear'.
   * Source: sigmoid: InfoGAN.
   * @defaultValue `"auto"`
   */
  output?: 'auto' | 'sigmoid' | 'linear' | undefined
  /**
   * Scaling of the input: unit divides by 255, standard gives each feature mean 0 and deviation 1, auto is unit for bytes and none for floats.
   * 'auto', 'none', 'unit' or 'standard'.
   * @defaultValue `"auto"`
   */
  scaling?: 'auto' | 'none' | 'unit' | 'standard' | undefined
  /**
   * Items per training step.
   * An integer from 1 (items).
   * Source: official InfoGAN code.
   * @defaultValue `128`
   */
  batchSize?: number | undefined
  /**
   * Passes over the data; below 1, a part of one.
   * A number from 0 (epochs).
   * @defaultValue `60`
   */
  epochs?: number | undefined
  /**
   * Optimiser.
   * 'adam' or 'sgd'.
   * @defaultValue `"adam"`
   */
  optimizer?: 'adam' | 'sgd' | undefined
  /**
   * Learning rate of the generator.
   * A number above 0.
   * Source: official InfoGAN code.
   * @defaultValue `0.001`
   */
  learningRate?: number | undefined
  /**
   * Course of the learning rate over the phase.
   * 'constant', 'cosine' or 'step'.
   * @defaultValue `"constant"`
   */
  schedule?: 'constant' | 'cosine' | 'step' | undefined
  /**
   * cosine: the last rate.
   * A number from 0 to 1 (share of the learning rate).
   * @defaultValue `0.01`
   */
  finalRate?: number | undefined
  /**
   * step: epochs between decays.
   * An integer from 1 (epochs).
   * @defaultValue `20`
   */
  decayEvery?: number | undefined
  /**
   * step: factor at each decay.
   * A number above 0 to 1.
   * Source: DEC.
   * @defaultValue `0.1`
   */
  decayFactor?: number | undefined
  /**
   * sgd: momentum.
   * A number from 0 to below 1.
   * @defaultValue `0`
   */
  momentum?: number | undefined
  /**
   * sgd: Nesterov form of the momentum.
   * True or false.
   * @defaultValue `false`
   */
  nesterov?: boolean | undefined
  /**
   * Learning rate of the discriminator; its course is that of learningRate.
   * A number above 0.
   * Source: official InfoGAN code.
   * @defaultValue `0.0002`
   */
  discriminatorLearningRate?: number | undefined
  /**
   * adam: decay of the running mean of the gradients.
   * A number from 0 to below 1.
   * Source: DCGAN, InfoGAN.
   * @defaultValue `0.5`
   */
  beta1?: number | undefined
  /**
   * Largest shift along each axis.
   * A number from 0 to 0.5 (share of the side).
   * Source: DEC-DA.
   * @defaultValue `0`
   */
  shift?: number | undefined
  /**
   * Largest rotation, either way.
   * A number from 0 to 180 (degrees).
   * Source: DEC-DA.
   * @defaultValue `0`
   */
  rotation?: number | undefined
  /**
   * Largest change of size.
   * A number from 0 to 0.5 (share of the side).
   * @defaultValue `0`
   */
  zoom?: number | undefined
  /**
   * Largest shear.
   * A number from 0 to 1 (share of the side).
   * @defaultValue `0`
   */
  shear?: number | undefined
  /**
   * Passes over the data in which a fresh convolutional network learns the clusters that were found, and then those on which its answers to an image and to two changed copies agree; it answers for the model. 0 is off.
   * A number from 0 (epochs).
   * Source: SCAN.
   * @defaultValue `0`
   */
  selfTrainingEpochs?: number | undefined
  /**
   * First learning rate of Adam; it falls by a cosine.
   * A number above 0.
   * @defaultValue `0.001`
   */
  selfTrainingLearningRate?: number | undefined
  /**
   * Steps that learn the clusters as they were found.
   * A number from 0 to 1 (share of the steps).
   * @defaultValue `0.2`
   */
  selfTrainingWarmUp?: number | undefined
  /**
   * Least probability of an answer that is learned.
   * A number from 0 to 1.
   * Source: SCAN: 0.99.
   * @defaultValue `0.8`
   */
  selfTrainingConfidence?: number | undefined
  /**
   * Weight of the mutual information between the answers to two changed copies, which is largest where clusters are of similar size.
   * A number from 0.
   * Source: IIC.
   * @defaultValue `1`
   */
  selfTrainingInformation?: number | undefined
  /**
   * Largest shift along each axis.
   * A number from 0 to 0.5 (share of the side).
   * Source: DEC-DA.
   * @defaultValue `0.07142857142857142`
   */
  selfTrainingShift?: number | undefined
  /**
   * Largest rotation, either way.
   * A number from 0 to 180 (degrees).
   * Source: DEC-DA.
   * @defaultValue `15`
   */
  selfTrainingRotation?: number | undefined
  /**
   * Largest change of size.
   * A number from 0 to 0.5 (share of the side).
   * @defaultValue `0.1`
   */
  selfTrainingZoom?: number | undefined
  /**
   * Largest shear.
   * A number from 0 to 1 (share of the side).
   * @defaultValue `0.2`
   */
  selfTrainingShear?: number | undefined
  /**
   * Named set of values; options given beside it win. auto takes invariant for images, plain for other data.
   * 'auto', 'paper', 'invariant', 'self-trained' or 'plain'.
   * @defaultValue `"auto"`
   */
  preset?: 'auto' | 'paper' | 'invariant' | 'self-trained' | 'plain' | undefined
  /**
   * Seed of every random draw; the same seed on the same CPU gives the same bits.
   * An integer from 0 to 9007199254740991.
   * @defaultValue `0`
   */
  seed?: number | undefined
  /**
   * Where to run; auto takes a CUDA GPU when there is a usable one, and the result says what was taken.
   * 'auto', 'cpu', 'cuda' or 'cuda:N'.
   * @defaultValue `"auto"`
   */
  device?: Device | undefined
  /**
   * Precision of the matrix products; auto takes bfloat16 where the device does it fast.
   * 'auto', 'float32' or 'bfloat16'.
   * @defaultValue `"auto"`
   */
  precision?: 'auto' | 'float32' | 'bfloat16' | undefined
  /**
   * CPU threads of the training thread; 0 takes all cores.
   * An integer from 0 to 1024 (threads).
   * @defaultValue `0`
   */
  threads?: number | undefined
  /**
   * On a GPU: factors of float32 products in training steps may be rounded to TF32 (10 bits of mantissa, float32 sums); what decides about clusters, and answers, never are.
   * True or false.
   * @defaultValue `true`
   */
  tf32?: boolean | undefined
  /**
   * On a GPU: a training step is recorded once as a CUDA graph and replayed; false launches its operators one by one.
   * True or false.
   * @defaultValue `true`
   */
  capture?: boolean | undefined
}

/** What types the results and events of {@link InfoGAN}. */
export interface InfoGANTypes {
  readonly method: 'infogan'
  readonly options: InfoGANOptions
  readonly preset: 'paper' | 'invariant' | 'self-trained' | 'plain'
  readonly phase: 'train' | 'read-out' | 'self-training' | 'labels'
}
