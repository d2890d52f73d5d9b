/** Written by `npm run docs` from the tables in ../jule.ts: change them there. */

import type { Device } from '../../options/table.js'

/** Options of {@link JULE}; docs/jule.md has them as a table. */
export interface JULEOptions {
  /**
   * Number of clusters.
   * An integer from 1 (clusters).
   */
  clusters: number
  /**
   * Most items that clusters are trained on, drawn by the seed; the others get theirs from what was learned. 0 is all.
   * An integer from 0 (items).
   * @defaultValue `100000`
   */
  trainItems?: number | undefined
  /**
   * What a period merges away.
   * A number above 0 to 1 (share of the clusters).
   * Source: JULE (0.9, faces 0.2).
   * @defaultValue `0.9`
   */
  eta?: number | undefined
  /**
   * Take the labels from an agglomeration of the final embedding from its start (RC), or from the joint process (SF).
   * True or false.
   * Source: JULE.
   * @defaultValue `true`
   */
  recluster?: boolean | undefined
  /**
   * Scale items with a norm above 1 down to norm 1 first.
   * True or false.
   * Source: JULE, official code.
   * @defaultValue `false`
   */
  capNorms?: boolean | undefined
  /**
   * Neighbours of an item in the graph.
   * An integer from 1 (items).
   * Source: JULE (K_s).
   * @defaultValue `20`
   */
  neighbours?: number | undefined
  /**
   * The weight of an edge is exp(-d²/σ²), σ² this times the mean squared distance to a neighbour.
   * A number above 0.
   * Source: JULE (a).
   * @defaultValue `1`
   */
  bandwidth?: number | undefined
  /**
   * Nearest clusters that the merge rule compares; 1 merges by the highest affinity alone.
   * An integer from 1 (clusters).
   * Source: JULE (K_c).
   * @defaultValue `5`
   */
  nearClusters?: number | undefined
  /**
   * Weight of the gaps between the nearest cluster and the next ones in the merge rule.
   * A number from 0.
   * Source: JULE.
   * @defaultValue `1`
   */
  lambda?: number | undefined
  /**
   * Affinities after a merge: by their definition, or without the mixed products, as the official code does by default.
   * 'exact' or 'fast'.
   * Source: exact: JULE; fast: official code.
   * @defaultValue `"exact"`
   */
  update?: 'exact' | 'fast' | undefined
  /**
   * Assumption on the data: clusters that hold less take no place among the last `clusters`, they join others first. 0 assumes nothing.
   * A number from 0 to 1 (share of n / clusters).
   * @defaultValue `0.1`
   */
  balance?: number | undefined
  /**
   * Size of the embedding, whose points have length 1.
   * An integer from 1 (units).
   * Source: JULE.
   * @defaultValue `160`
   */
  dimensions?: number | undefined
  /**
   * Maps of each convolution (images).
   * An integer from 1 (maps).
   * Source: JULE.
   * @defaultValue `50`
   */
  maps?: number | undefined
  /**
   * Hidden layers of the fully connected network (vectors, and images below 9 pixels a side).
   * A list of integers, each from 1 (units).
   * @defaultValue `[500,500]`
   */
  widths?: readonly number[] | undefined
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
   * @defaultValue `100`
   */
  batchSize?: number | undefined
  /**
   * Weight of the distance to the own cluster: a triplet’s loss is max(0, gamma · d²(a, p) - d²(a, n) + margin).
   * A number above 0.
   * Source: JULE (2; official code 1).
   * @defaultValue `2`
   */
  gamma?: number | undefined
  /**
   * Margin of the loss.
   * A number from 0.
   * Source: official code.
   * @defaultValue `0.2`
   */
  margin?: number | undefined
  /**
   * Items of other clusters in the batch that each item is compared with.
   * An integer from 1 (items).
   * Source: official code.
   * @defaultValue `20`
   */
  negatives?: number | undefined
  /**
   * Items of one cluster that come together in a batch; 1 draws batches of random items, as published.
   * An integer from 1 (items).
   * @defaultValue `10`
   */
  members?: number | undefined
  /**
   * Passes over the data; below 1, a part of one.
   * A number from 0 (epochs).
   * @defaultValue `20`
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
   * Course of the learning rate; inverse: times (1 + 0.0001 step)^-0.75 over the whole run, the others anew in each period.
   * 'constant', 'cosine', 'step' or 'inverse'.
   * Source: inverse: official code.
   * @defaultValue `"constant"`
   */
  schedule?: 'constant' | 'cosine' | 'step' | 'inverse' | undefined
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
   * sgd: weight decay.
   * A number from 0.
   * Source: JULE (0.00005).
   * @defaultValue `0`
   */
  weightDecay?: number | undefined
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
   * Named set of values; options given beside it win. auto takes augmented for images, grouped for other data.
   * 'auto', 'paper', 'grouped', 'augmented' or 'self-trained'.
   * @defaultValue `"auto"`
   */
  preset?: 'auto' | 'paper' | 'grouped' | 'augmented' | 'self-trained' | undefined
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

/** What types the results and events of {@link JULE}. */
export interface JULETypes {
  readonly method: 'jule'
  readonly options: JULEOptions
  readonly preset: 'paper' | 'grouped' | 'augmented' | 'self-trained'
  readonly phase: 'clusters' | `period ${number}` | `merge ${number}` | 'read-out' | 'self-training' | 'labels'
}
