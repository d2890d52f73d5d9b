/** Groups of options that several methods share, each written once. */

import { views } from './preset-rows.js'
import { grouped, optionTable, prefixed, withDefaults } from './table.js'

/** Where and how a model runs; not part of the method. */
export const runOptions = grouped(
  'Run',
  optionTable({
    seed: {
      type: 'integer',
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      default: 0,
      meaning: 'Seed of every random draw; the same seed on the same CPU gives the same bits'
    },
    device: {
      type: 'device',
      default: 'auto',
      meaning: 'Where to run; auto takes a CUDA GPU when there is a usable one, and the result says what was taken'
    },
    precision: {
      type: 'choice',
      choices: ['auto', 'float32', 'bfloat16'],
      default: 'auto',
      meaning: 'Precision of the matrix products; auto takes bfloat16 where the device does it fast'
    },
    threads: { type: 'integer', min: 0, max: 1024, default: 0, unit: 'threads', meaning: 'CPU threads of the training thread; 0 takes all cores' },
    tf32: {
      type: 'boolean',
      default: true,
      meaning:
        'On a GPU: factors of float32 products in training steps may be rounded to TF32 (10 bits of mantissa, float32 sums); what decides about clusters, and answers, never are'
    },
    capture: {
      type: 'boolean',
      default: true,
      meaning: 'On a GPU: a training step is recorded once as a CUDA graph and replayed; false launches its operators one by one'
    }
  })
)

const { tf32: _tf32, capture: _capture, ...others } = runOptions

/** {@link runOptions} of methods that train no network, and so have no steps. */
export const steplessRunOptions = others

const { precision: _precision, ...placement } = steplessRunOptions

/** {@link steplessRunOptions} of methods that compute in float32 alone. */
export const float32RunOptions = placement

/** The number of clusters. */
export const clustersOption = optionTable({
  clusters: { type: 'integer', min: 1, required: true, unit: 'clusters', meaning: 'Number of clusters' }
})

/** What clusters are trained on where there is more than that needs. */
export const trainItemsOption = optionTable({
  trainItems: {
    type: 'integer',
    min: 0,
    default: 100_000,
    unit: 'items',
    meaning: 'Most items that clusters are trained on, drawn by the seed; the others get theirs from what was learned. 0 is all'
  }
})

/** What a neighbour graph is taken of where there is more than that needs. */
export const graphItemsOption = optionTable({
  graphItems: {
    type: 'integer',
    min: 0,
    default: 20_000,
    unit: 'items',
    meaning:
      'Most items of the neighbour graph, drawn by the seed (where `balance` is 0, so that rare groups are among them); the others get their clusters by the votes of their nearest neighbours in it. 0 is all'
  }
})

/** When a joint phase ends early. */
export const toleranceOption = optionTable({
  tolerance: {
    type: 'number',
    min: 0,
    max: 1,
    default: 0,
    unit: 'share of the items',
    meaning: 'The joint phase stops when fewer assignments change in an epoch; 0 is never',
    source: 'DEC (0.001)'
  }
})

/** What a fit keeps for its report. */
export const recordOptions = optionTable({
  items: {
    type: 'integer',
    min: 1,
    default: 2000,
    unit: 'items',
    meaning: 'Items whose embedding is recorded and which are kept themselves, drawn once from the data'
  },
  frames: {
    type: 'integer',
    min: 1,
    default: 10,
    unit: 'epochs',
    meaning: 'Most epochs of a phase after which the embedding is recorded, evenly spaced; the last always is'
  },
  share: {
    type: 'number',
    min: 0,
    max: 1,
    default: 0.04,
    unit: 'share of the items trained on',
    meaning: 'Bound on the cost: most items that are embedded for the record in a phase. One embedded costs less than half of one trained on'
  }
})

/** How raw numbers become what a method sees. */
export const scalingOption = optionTable({
  scaling: {
    type: 'choice',
    choices: ['auto', 'none', 'unit', 'standard'],
    default: 'auto',
    meaning:
      'Scaling of the input: unit divides by 255, standard gives each feature mean 0 and deviation 1, auto is unit for bytes and none for floats'
  }
})

/** The fully connected autoencoder. */
export const networkOptions = grouped(
  'Network',
  optionTable({
    widths: {
      type: 'integers',
      min: 1,
      default: [500, 500, 2000],
      unit: 'units',
      meaning: 'Hidden layers of the encoder; the decoder mirrors them',
      source: 'DEC (d-500-500-2000-10)'
    },
    latent: { type: 'integer', min: 1, default: 10, unit: 'units', meaning: 'Size of the embedding', source: 'DEC' },
    activation: {
      type: 'choice',
      choices: ['relu', 'leaky-relu', 'tanh'],
      default: 'relu',
      meaning: 'Activation between layers; code and output are linear'
    },
    loss: {
      type: 'choice',
      choices: ['squared', 'mean-squared', 'bernoulli'],
      default: 'squared',
      meaning: 'Reconstruction loss: squared error summed over features, its mean over features, or cross-entropy on logits (data in 0..1)',
      source: 'squared: DCN; mean-squared: DEC-keras; bernoulli: VAE'
    },
    initialisation: {
      type: 'choice',
      choices: ['fan-in-uniform', 'fan-in-normal', 'glorot-uniform', 'normal'],
      default: 'fan-in-uniform',
      meaning: 'Initial weights: U(±1/√fan_in), N(0, 1/fan_in) with decoders as their encoders transposed, Glorot uniform, or N(0, 0.01²)',
      source: 'fan-in-uniform: PyTorch, DEC-keras; fan-in-normal: official DCN code, which keeps them tied; normal: DEC'
    },
    ...scalingOption,
    batchSize: { type: 'integer', min: 1, default: 256, unit: 'items', meaning: 'Items per training step', source: 'DEC, DCN' }
  })
)

/** The network where its decoder is a probability distribution, whose logarithm is the reconstruction term. */
export const likelihoodNetworkOptions = {
  ...networkOptions,
  ...grouped(
    'Network',
    optionTable({
      loss: {
        type: 'choice',
        choices: ['auto', 'bernoulli', 'gaussian'],
        default: 'auto',
        meaning:
          'Distribution of the decoder: bernoulli (cross-entropy on logits, data in 0..1), or gaussian with unit variance (half the squared error); both summed over features. auto is bernoulli for bytes scaled to 0..1, gaussian for the rest',
        source: 'VAE'
      }
    })
  )
}

/** Random changes of the images while training; each is drawn anew per image and step. */
export const augmentationOptions = grouped(
  'Augmentation (images only; 0 is off)',
  optionTable({
    shift: { type: 'number', min: 0, max: 0.5, default: 0, unit: 'share of the side', meaning: 'Largest shift along each axis', source: 'DEC-DA' },
    rotation: { type: 'number', min: 0, max: 180, default: 0, unit: 'degrees', meaning: 'Largest rotation, either way', source: 'DEC-DA' },
    zoom: { type: 'number', min: 0, max: 0.5, default: 0, unit: 'share of the side', meaning: 'Largest change of size' },
    shear: { type: 'number', min: 0, max: 1, default: 0, unit: 'share of the side', meaning: 'Largest shear' },
    target: {
      type: 'choice',
      choices: ['augmented', 'original'],
      default: 'augmented',
      meaning: 'What the decoder is to give back for a changed image: that image, or the one it was made from',
      source: 'augmented: DEC-DA'
    }
  })
)

const { target: _target, ...changes } = augmentationOptions

/** {@link augmentationOptions} of methods without a decoder. */
export const changeOptions = changes

/** How a phase of training runs its optimiser. */
export const scheduleOptions = optionTable({
  epochs: { type: 'number', min: 0, default: 60, unit: 'epochs', meaning: 'Passes over the data; below 1, a part of one' },
  optimizer: { type: 'choice', choices: ['adam', 'sgd'], default: 'adam', meaning: 'Optimiser' },
  learningRate: { type: 'number', min: 0, open: 'min', default: 1e-3, meaning: 'Learning rate' },
  schedule: { type: 'choice', choices: ['constant', 'cosine', 'step'], default: 'constant', meaning: 'Course of the learning rate over the phase' },
  finalRate: { type: 'number', min: 0, max: 1, default: 0.01, unit: 'share of the learning rate', meaning: 'cosine: the last rate' },
  decayEvery: { type: 'integer', min: 1, default: 20, unit: 'epochs', meaning: 'step: epochs between decays' },
  decayFactor: { type: 'number', min: 0, max: 1, open: 'min', default: 0.1, meaning: 'step: factor at each decay', source: 'DEC' },
  momentum: { type: 'number', min: 0, max: 1, open: 'max', default: 0, meaning: 'sgd: momentum' },
  nesterov: { type: 'boolean', default: false, meaning: 'sgd: Nesterov form of the momentum' }
})

/** Greedy pre-training of one layer after another, before the end-to-end training. */
export const layerwiseOptions = grouped(
  'Layer-wise pre-training',
  optionTable({
    layerwiseEpochs: {
      type: 'number',
      min: 0,
      default: 0,
      unit: 'epochs per layer',
      meaning: 'Epochs for each layer as an autoencoder of the layer before; 0 is off',
      source: 'DEC, DCN'
    },
    corruption: {
      type: 'number',
      min: 0,
      max: 1,
      open: 'max',
      default: 0,
      unit: 'share of the inputs',
      meaning: 'Inputs set to 0 while a layer is pre-trained',
      source: 'DEC (0.2)'
    }
  })
)

/** What self-training adds to the phases of a method. */
export const selfTrainingPhases = ['self-training', 'labels'] as const

/** A network that learns the clusters which were found, and then what it says itself. */
export const selfTrainingOptions = grouped(
  'Self-training (images only)',
  prefixed('selfTraining', {
    ...optionTable({
      epochs: {
        type: 'number',
        min: 0,
        default: 0,
        unit: 'epochs',
        meaning:
          'Passes over the data in which a fresh convolutional network learns the clusters that were found, and then those on which its answers to an image and to two changed copies agree; it answers for the model. 0 is off',
        source: 'SCAN'
      },
      learningRate: { type: 'number', min: 0, open: 'min', default: 1e-3, meaning: 'First learning rate of Adam; it falls by a cosine' },
      warmUp: {
        type: 'number',
        min: 0,
        max: 1,
        default: 0.2,
        unit: 'share of the steps',
        meaning: 'Steps that learn the clusters as they were found'
      },
      confidence: { type: 'number', min: 0, max: 1, default: 0.8, meaning: 'Least probability of an answer that is learned', source: 'SCAN: 0.99' },
      information: {
        type: 'number',
        min: 0,
        default: 1,
        meaning: 'Weight of the mutual information between the answers to two changed copies, which is largest where clusters are of similar size',
        source: 'IIC'
      }
    }),
    ...withDefaults(changes, views)
  })
)

const graphRows = optionTable({
  neighbours: { type: 'integer', min: 1, default: 10, unit: 'items', meaning: 'Neighbours of an item in the graph' },
  scale: {
    type: 'integer',
    min: 1,
    default: 7,
    unit: 'items',
    meaning: 'The distance to this neighbour is an item’s scale s_i; the affinity is exp(-d²/(s_i s_j))',
    source: 'Zelnik-Manor and Perona 2004'
  },
  vectors: {
    type: 'integer',
    min: 0,
    default: 0,
    unit: 'eigenvectors',
    meaning: 'Most eigenvectors that are tried, from as many as clusters on; the normalised cut chooses. 0 is twice the clusters'
  },
  restarts: { type: 'integer', min: 1, default: 10, unit: 'runs', meaning: 'Restarts of each k-means on the eigenvectors' }
})

const balanceRow = optionTable({
  balance: {
    type: 'number',
    min: 0,
    max: 1,
    default: 0.5,
    unit: 'share of n / clusters',
    meaning: 'Assumption on the data: what the smallest cluster holds at least. A labelling that keeps to it is preferred; 0 assumes nothing'
  }
})

/** Of methods that stand on the graph of the items themselves. */
export const capNormsOption = optionTable({
  capNorms: { type: 'boolean', default: false, meaning: 'Scale items with a norm above 1 down to norm 1 first', source: 'JULE, official code' }
})

/** Spectral clustering of a neighbour graph. */
export const spectralOptions = { ...graphRows, ...balanceRow }

/** Clusters found in an embedding by its neighbour graph, and rounds that draw the embedding towards them. */
export const graphOptions = {
  ...grouped('Graph', { ...graphItemsOption, ...prefixed('graph', graphRows), ...balanceRow }),
  ...grouped(
    'Rounds of refinement',
    optionTable({
      rounds: {
        type: 'integer',
        min: 0,
        default: 0,
        unit: 'rounds',
        meaning: 'Times that the graph labels the items and the network is trained with these labels frozen, before the start'
      }
    })
  )
}

/** Graph degree linkage: the directed neighbour graph, and the order in which clusters are merged. */
export const linkageOptions = optionTable({
  neighbours: { type: 'integer', min: 1, default: 20, unit: 'items', meaning: 'Neighbours of an item in the graph', source: 'JULE (K_s)' },
  bandwidth: {
    type: 'number',
    min: 0,
    open: 'min',
    default: 1,
    meaning: 'The weight of an edge is exp(-d²/σ²), σ² this times the mean squared distance to a neighbour',
    source: 'JULE (a)'
  },
  nearClusters: {
    type: 'integer',
    min: 1,
    default: 5,
    unit: 'clusters',
    meaning: 'Nearest clusters that the merge rule compares; 1 merges by the highest affinity alone',
    source: 'JULE (K_c)'
  },
  lambda: {
    type: 'number',
    min: 0,
    default: 1,
    meaning: 'Weight of the gaps between the nearest cluster and the next ones in the merge rule',
    source: 'JULE'
  },
  update: {
    type: 'choice',
    choices: ['exact', 'fast'],
    default: 'exact',
    meaning: 'Affinities after a merge: by their definition, or without the mixed products, as the official code does by default',
    source: 'exact: JULE; fast: official code'
  },
  balance: {
    type: 'number',
    min: 0,
    max: 1,
    default: 0.1,
    unit: 'share of n / clusters',
    meaning: 'Assumption on the data: clusters that hold less take no place among the last `clusters`, they join others first. 0 assumes nothing'
  }
})

/** How k-means is run on its own. */
export const kmeansRunOptions = optionTable({
  restarts: { type: 'integer', min: 1, default: 10, unit: 'runs', meaning: 'Independent runs; the one with the lowest inertia is kept' },
  iterations: { type: 'integer', min: 1, default: 300, unit: 'iterations', meaning: 'Most iterations of one run' }
})
