/** Written by `npm run docs` from the tables in ../autoencoder.ts: change them there. */

import type { Device } from '../../options/table.js'

/** Options of {@link AutoEncoder}; docs/autoencoder.md has them as a table. */
export interface AutoEncoderOptions {
  /**
   * Hidden layers of the encoder; the decoder mirrors them.
   * A list of integers, each from 1 (units).
   * Source: DEC (d-500-500-2000-10).
   * @defaultValue `[500,500,2000]`
   */
  widths?: readonly number[] | undefined
  /**
   * Size of the embedding.
   * An integer from 1 (units).
   * Source: DEC.
   * @defaultValue `10`
   */
  latent?: number | undefined
  /**
   * Activation between layers; code and output are linear.
   * 'relu', 'leaky-relu' or 'tanh'.
   * @defaultValue `"relu"`
   */
  activation?: 'relu' | 'leaky-relu' | 'tanh' | undefined
  /**
   * Reconstruction loss: squared error summed over features, its mean over features, or cross-entropy on logits (data in 0..1).
   * 'squared', 'mean-squared' or 'bernoulli'.
   * Source: squared: DCN; mean-squared: DEC-keras; bernoulli: VAE.
   * @defaultValue `"squared"`
   */
  loss?: 'squared' | 'mean-squared' | 'bernoulli' | undefined
  /**
   * Initial weights: U(±1/√fan_in), N(0, 1/fan_in) with decoders as their encoders transposed, Glorot uniform, or N(0, 0.01²).
   * 'fan-in-uniform', 'fan-in-normal', 'glorot-uniform' or 'normal'.
   * Source: fan-in-uniform: PyTorch, DEC-keras; fan-in-normal: official DCN code, which keeps them tied; normal: DEC.
   * @defaultValue `"fan-in-uniform"`
   */
  initialisation?: 'fan-in-uniform' | 'fan-in-normal' | 'glorot-uniform' | 'normal' | undefined
  /**
   * Scaling of the input: unit divides by 255, standard gives each feature mean 0 and deviation 1, auto is unit for bytes and none for floats.
   * 'auto', 'none', 'unit' or 'standard'.
   * @defaultValue `"auto"`
   */
  scaling?: 'auto' | 'none' | 'unit' | 'standard' | undefined
  /**
   * Items per training step.
   * An integer from 1 (items).
   * Source: DEC, DCN.
   * @defaultValue `256`
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
   * Learning rate.
   * A number above 0.
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
   * What the decoder is to give back for a changed image: that image, or the one it was made from.
   * 'augmented' or 'original'.
   * Source: augmented: DEC-DA.
   * @defaultValue `"augmented"`
   */
  target?: 'augmented' | 'original' | undefined
  /**
   * Epochs for each layer as an autoencoder of the layer before; 0 is off.
   * A number from 0 (epochs per layer).
   * Source: DEC, DCN.
   * @defaultValue `0`
   */
  layerwiseEpochs?: number | undefined
  /**
   * Inputs set to 0 while a layer is pre-trained.
   * A number from 0 to below 1 (share of the inputs).
   * Source: DEC (0.2).
   * @defaultValue `0`
   */
  corruption?: number | undefined
  /**
   * Named set of values; options given beside it win. auto takes augmented for images, adam for other data.
   * 'auto', 'adam', 'sgd', 'layerwise' or 'augmented'.
   * @defaultValue `"auto"`
   */
  preset?: 'auto' | 'adam' | 'sgd' | 'layerwise' | 'augmented' | undefined
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

/** What types the results and events of {@link AutoEncoder}. */
export interface AutoEncoderTypes {
  readonly method: 'autoencoder'
  readonly options: AutoEncoderOptions
  readonly preset: 'adam' | 'sgd' | 'layerwise' | 'augmented'
  readonly phase: `layer ${number}` | 'train'
}
