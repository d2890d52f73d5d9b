/** One small model of each method, quick to train on a CPU. */

import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { DCN } from '../../src/methods/dcn.js'
import { KMeans } from '../../src/methods/kmeans.js'
import { VaDE } from '../../src/methods/vade.js'
import { VAE } from '../../src/methods/vae.js'

const run = { device: 'cpu', threads: 1 } as const
const network = { precision: 'float32', widths: [32], latent: 3, batchSize: 64 } as const

export const smallModels = {
  kmeans: (seed = 0): KMeans => new KMeans({ ...run, clusters: 3, restarts: 3, seed }),
  autoencoder: (seed = 0): AutoEncoder => new AutoEncoder({ ...run, ...network, epochs: 12, seed }),
  dcn: (seed = 0): DCN => new DCN({ ...run, ...network, clusters: 3, pretrainEpochs: 12, epochs: 4, refreshEvery: 2, kmeansRestarts: 5, seed }),
  vae: (seed = 0): VAE => new VAE({ ...run, ...network, epochs: 12, seed }),
  vade: (seed = 0): VaDE => new VaDE({ ...run, ...network, clusters: 3, pretrainEpochs: 12, epochs: 4, startSteps: 40, seed })
}
