/** Written by `npm run docs` from the tables in ../vade.ts: change them there. */

import type { Device } from '../../options/table.js'

/** Options of {@link VaDE}; docs/vade.md has them as a table. */
export interface VaDEOptions {
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
   * Weight of the reconstruction term.
   * A number above 0.
   * Source: official VaDE code (5 for HAR).
   * @defaultValue `1`
   */
  alpha?: number | undefined
  /**
   * Weight of the mutual information between the clusters of two augmented views of an image, which is raised; 0 is off.
   * A number from 0.
   * Source: Ji, Henriques and Vedaldi 2019.
   * @defaultValue `0`
   */
  mutualInformation?: number | undefined
  /**
   * Weight of the contrast (NT-Xent) between the embeddings of two augmented views in the joint phase; 0 is off.
   * A number from 0.
   * Source: Chen et al. 2020.
   * @defaultValue `0`
   */
  contrast?: number | undefined
  /**
   * The same in pre-training.
   * A number from 0.
   * Source: Chen et al. 2020.
   * @defaultValue `0`
   */
  pretrainContrast?: number | undefined
  /**
   * Temperature of the contrast.
   * A number above 0.
   * @defaultValue `0.2`
   */
  temperature?: number | undefined
  /**
   * Log variance of q(z | x) when the joint phase begins, the same for every item.
   * A number from -20 to 20.
   * @defaultValue `-4`
   */
  initialLogVariance?: number | undefined
  /**
   * Least log variance of a component, in each dimension of the embedding.
   * A number from -20 to 4.
   * @defaultValue `-6`
   */
  leastLogVariance?: number | undefined
  /**
   * Whole runs, with the seeds from `seed` on. Kept is the one with the highest mutual information between augmented views or, without augmentation, the lowest normalised cut of its last graph.
   * An integer from 1 (runs).
   * @defaultValue `1`
   */
  restarts?: number | undefined
  /**
   * The joint phase stops when fewer assignments change in an epoch; 0 is never.
   * A number from 0 to 1 (share of the items).
   * Source: DEC (0.001).
   * @defaultValue `0`
   */
  tolerance?: number | undefined
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
   * Distribution of the decoder: bernoulli (cross-entropy on logits, data in 0..1), or gaussian with unit variance (half the squared error); both summed over features. auto is bernoulli for bytes scaled to 0..1, gaussian for the rest.
   * 'auto', 'bernoulli' or 'gaussian'.
   * Source: VAE.
   * @defaultValue `"auto"`
   */
  loss?: 'auto' | 'bernoulli' | 'gaussian' | undefined
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
  pretrainEpochs?: number | undefined
  /**
   * Optimiser.
   * 'adam' or 'sgd'.
   * @defaultValue `"adam"`
   */
  pretrainOptimizer?: 'adam' | 'sgd' | undefined
  /**
   * Learning rate.
   * A number above 0.
   * @defaultValue `0.001`
   */
  pretrainLearningRate?: number | undefined
  /**
   * Course of the learning rate over the phase.
   * 'constant', 'cosine' or 'step'.
   * @defaultValue `"constant"`
   */
  pretrainSchedule?: 'constant' | 'cosine' | 'step' | undefined
  /**
   * cosine: the last rate.
   * A number from 0 to 1 (share of the learning rate).
   * @defaultValue `0.01`
   */
  pretrainFinalRate?: number | undefined
  /**
   * step: epochs between decays.
   * An integer from 1 (epochs).
   * @defaultValue `20`
   */
  pretrainDecayEvery?: number | undefined
  /**
   * step: factor at each decay.
   * A number above 0 to 1.
   * Source: DEC.
   * @defaultValue `0.1`
   */
  pretrainDecayFactor?: number | undefined
  /**
   * sgd: momentum.
   * A number from 0 to below 1.
   * @defaultValue `0`
   */
  pretrainMomentum?: number | undefined
  /**
   * sgd: Nesterov form of the momentum.
   * True or false.
   * @defaultValue `false`
   */
  pretrainNesterov?: boolean | undefined
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
   * How the mixture is found in the pre-trained embedding: by expectation-maximisation, as the mixture whose clusters agree most on augmented views of an image, or from the neighbour graph by spectral clustering or by graph degree linkage.
   * 'likelihood', 'mutual-information', 'graph' or 'linkage'.
   * Source: likelihood: VaDE.
   * @defaultValue `"likelihood"`
   */
  start?: 'likelihood' | 'mutual-information' | 'graph' | 'linkage' | undefined
  /**
   * likelihood, mutual-information: mixtures that are fitted; the best is kept.
   * An integer from 1 (mixtures).
   * Source: ClustPy: 10.
   * @defaultValue `20`
   */
  mixtureRestarts?: number | undefined
  /**
   * likelihood: most iterations.
   * An integer from 1 (iterations).
   * Source: scikit-learn.
   * @defaultValue `100`
   */
  mixtureIterations?: number | undefined
  /**
   * likelihood: a fit stops when the mean log-likelihood rises by less.
   * A number from 0 (nats per item).
   * Source: scikit-learn.
   * @defaultValue `0.001`
   */
  mixtureTolerance?: number | undefined
  /**
   * mutual-information: items that it is taken over.
   * An integer from 1 (items).
   * @defaultValue `10000`
   */
  startItems?: number | undefined
  /**
   * mutual-information: augmented copies of each.
   * An integer from 2 (views).
   * @defaultValue `4`
   */
  startViews?: number | undefined
  /**
   * mutual-information: items of each k-means that a mixture starts from.
   * An integer from 1 (items).
   * @defaultValue `2000`
   */
  startKmeansItems?: number | undefined
  /**
   * mutual-information: training steps (Adam).
   * An integer from 1 (steps).
   * @defaultValue `300`
   */
  startSteps?: number | undefined
  /**
   * mutual-information: items per step.
   * An integer from 1 (items).
   * @defaultValue `1000`
   */
  startBatch?: number | undefined
  /**
   * mutual-information: learning rate, which falls to 5 % by a cosine.
   * A number above 0.
   * @defaultValue `0.02`
   */
  startLearningRate?: number | undefined
  /**
   * Most items of the neighbour graph, drawn by the seed (where `balance` is 0, so that rare groups are among them); the others get their clusters by the votes of their nearest neighbours in it. 0 is all.
   * An integer from 0 (items).
   * @defaultValue `20000`
   */
  graphItems?: number | undefined
  /**
   * Neighbours of an item in the graph.
   * An integer from 1 (items).
   * @defaultValue `10`
   */
  graphNeighbours?: number | undefined
  /**
   * The distance to this neighbour is an item’s scale s_i; the affinity is exp(-d²/(s_i s_j)).
   * An integer from 1 (items).
   * Source: Zelnik-Manor and Perona 2004.
   * @defaultValue `7`
   */
  graphScale?: number | undefined
  /**
   * Most eigenvectors that are tried, from as many as clusters on; the normalised cut chooses. 0 is twice the clusters.
   * An integer from 0 (eigenvectors).
   * @defaultValue `0`
   */
  graphVectors?: number | undefined
  /**
   * Restarts of each k-means on the eigenvectors.
   * An integer from 1 (runs).
   * @defaultValue `10`
   */
  graphRestarts?: number | undefined
  /**
   * Assumption on the data: what the smallest cluster holds at least. A labelling that keeps to it is preferred; 0 assumes nothing.
   * A number from 0 to 1 (share of n / clusters).
   * @defaultValue `0.5`
   */
  balance?: number | undefined
  /**
   * Times that the graph labels the items and the network is trained with these labels frozen, before the start.
   * An integer from 0 (rounds).
   * @defaultValue `0`
   */
  rounds?: number | undefined
  /**
   * Neighbours of an item in the graph.
   * An integer from 1 (items).
   * Source: JULE (K_s).
   * @defaultValue `20`
   */
  linkageNeighbours?: number | undefined
  /**
   * The weight of an edge is exp(-d²/σ²), σ² this times the mean squared distance to a neighbour.
   * A number above 0.
   * Source: JULE (a).
   * @defaultValue `1`
   */
  linkageBandwidth?: number | undefined
  /**
   * Nearest clusters that the merge rule compares; 1 merges by the highest affinity alone.
   * An integer from 1 (clusters).
   * Source: JULE (K_c).
   * @defaultValue `5`
   */
  linkageNearClusters?: number | undefined
  /**
   * Weight of the gaps between the nearest cluster and the next ones in the merge rule.
   * A number from 0.
   * Source: JULE.
   * @defaultValue `1`
   */
  linkageLambda?: number | undefined
  /**
   * Affinities after a merge: by their definition, or without the mixed products, as the official code does by default.
   * 'exact' or 'fast'.
   * Source: exact: JULE; fast: official code.
   * @defaultValue `"exact"`
   */
  linkageUpdate?: 'exact' | 'fast' | undefined
  /**
   * Assumption on the data: clusters that hold less take no place among the last `clusters`, they join others first. 0 assumes nothing.
   * A number from 0 to 1 (share of n / clusters).
   * @defaultValue `0.1`
   */
  linkageBalance?: number | undefined
  /**
   * Weight of the clustering term in a round: the loss of an item is its reconstruction loss + lambda/2 · ‖f(x) - m‖².
   * A number from 0.
   * Source: DCN.
   * @defaultValue `20`
   */
  lambda?: number | undefined
  /**
   * Passes over the data; below 1, a part of one.
   * A number from 0 (epochs).
   * @defaultValue `4`
   */
  roundEpochs?: number | undefined
  /**
   * Optimiser.
   * 'adam' or 'sgd'.
   * @defaultValue `"adam"`
   */
  roundOptimizer?: 'adam' | 'sgd' | undefined
  /**
   * Learning rate.
   * A number above 0.
   * @defaultValue `0.001`
   */
  roundLearningRate?: number | undefined
  /**
   * Course of the learning rate over the phase.
   * 'constant', 'cosine' or 'step'.
   * @defaultValue `"constant"`
   */
  roundSchedule?: 'constant' | 'cosine' | 'step' | undefined
  /**
   * cosine: the last rate.
   * A number from 0 to 1 (share of the learning rate).
   * @defaultValue `0.01`
   */
  roundFinalRate?: number | undefined
  /**
   * step: epochs between decays.
   * An integer from 1 (epochs).
   * @defaultValue `20`
   */
  roundDecayEvery?: number | undefined
  /**
   * step: factor at each decay.
   * A number above 0 to 1.
   * Source: DEC.
   * @defaultValue `0.1`
   */
  roundDecayFactor?: number | undefined
  /**
   * sgd: momentum.
   * A number from 0 to below 1.
   * @defaultValue `0`
   */
  roundMomentum?: number | undefined
  /**
   * sgd: Nesterov form of the momentum.
   * True or false.
   * @defaultValue `false`
   */
  roundNesterov?: boolean | undefined
  /**
   * Passes over the data; below 1, a part of one.
   * A number from 0 (epochs).
   * @defaultValue `15`
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
   * Learning rate of weights, means and variances; its course is that of learningRate.
   * A number above 0.
   * Source: official VaDE code (2e-3; 2e-5 for HAR).
   * @defaultValue `0.001`
   */
  mixtureLearningRate?: number | undefined
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
   * Named set of values; options given beside it win. auto takes invariant for images, graph for other data.
   * 'auto', 'paper', 'invariant', 'self-trained' or 'graph'.
   * @defaultValue `"auto"`
   */
  preset?: 'auto' | 'paper' | 'invariant' | 'self-trained' | 'graph' | undefined
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

/** What types the results and events of {@link VaDE}. */
export interface VaDETypes {
  readonly method: 'vade'
  readonly options: VaDEOptions
  readonly preset: 'paper' | 'invariant' | 'self-trained' | 'graph'
  readonly phase:
    | `layer ${number}`
    | 'pretrain'
    | `graph ${number}`
    | `refine ${number}`
    | 'graph'
    | 'mixture'
    | 'joint'
    | 'read-out'
    | 'self-training'
    | 'labels'
}
