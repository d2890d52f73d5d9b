/** Options of generative adversarial networks: latent space, networks and training. */

import { networkOptions, scalingOption, scheduleOptions } from './groups.js'
import { grouped, optionTable, withDefaults } from './table.js'

const { batchSize } = networkOptions

/** The text that describes codes; {@link latentCodes} reads it. */
export const codesOption = optionTable({
  codes: {
    type: 'text',
    placeholder: 'cat10,uniform,gaussian,…|none',
    default: 'uniform,uniform',
    meaning: 'Codes beside the noise, by commas: cat10 is one of 10 categories, uniform is U(-1, 1), gaussian N(0, 1); none for none',
    source: 'InfoGAN'
  }
})

export const adversarialOptions = {
  ...grouped(
    'Latent space',
    optionTable({
      noise: { type: 'integer', min: 1, default: 62, unit: 'dimensions', meaning: 'Incompressible noise beside the codes', source: 'InfoGAN' },
      noiseDistribution: {
        type: 'choice',
        choices: ['uniform', 'gaussian'],
        default: 'uniform',
        meaning: 'Of the noise: U(-1, 1) or N(0, 1)',
        source: 'uniform: official InfoGAN code'
      }
    })
  ),
  ...grouped(
    'Network',
    optionTable({
      maps: {
        type: 'integer',
        min: 1,
        default: 64,
        unit: 'maps',
        meaning:
          'Maps of the outer convolution, of 4 x 4 pixels with stride 2; the inner one has twice as many (images whose sides are multiples of 4, from 8 on)',
        source: 'InfoGAN'
      },
      hidden: { type: 'integer', min: 1, default: 1024, unit: 'units', meaning: 'Fully connected layer beside the convolutions', source: 'InfoGAN' },
      widths: {
        type: 'integers',
        min: 1,
        default: [512, 512],
        unit: 'units',
        meaning: 'Layers of the fully connected discriminator (vectors and other images); the generator mirrors them'
      },
      leak: {
        type: 'number',
        min: 0,
        max: 1,
        open: 'max',
        default: 0.1,
        meaning: 'Slope of the discriminator’s leaky ReLU below 0',
        source: 'InfoGAN; its official code: 0.01'
      },
      output: {
        type: 'choice',
        choices: ['auto', 'sigmoid', 'linear'],
        default: 'auto',
        meaning:
          'Last layer of the generator: sigmoid for data in 0..1, linear for any. auto is sigmoid for bytes scaled to 0..1, linear for the rest',
        source: 'sigmoid: InfoGAN'
      },
      ...scalingOption,
      ...withDefaults({ batchSize: { ...batchSize, source: 'official InfoGAN code' } }, { batchSize: 128 })
    })
  ),
  ...grouped('Training', withDefaults(scheduleOptions, { epochs: 60 })),
  ...grouped(
    'Training',
    optionTable({
      learningRate: {
        type: 'number',
        min: 0,
        open: 'min',
        default: 1e-3,
        meaning: 'Learning rate of the generator',
        source: 'official InfoGAN code'
      },
      discriminatorLearningRate: {
        type: 'number',
        min: 0,
        open: 'min',
        default: 2e-4,
        meaning: 'Learning rate of the discriminator; its course is that of learningRate',
        source: 'official InfoGAN code'
      },
      beta1: {
        type: 'number',
        min: 0,
        max: 1,
        open: 'max',
        default: 0.5,
        meaning: 'adam: decay of the running mean of the gradients',
        source: 'DCGAN, InfoGAN'
      }
    })
  )
}
