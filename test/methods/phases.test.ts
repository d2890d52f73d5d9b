/** The phases that a method declares, from which its events and results are typed, are those that its fits go through. */

import assert from 'node:assert/strict'
import type { EstimatorClass } from '../../src/estimator/estimator.js'
import { estimators, type MethodName } from '../../src/methods/index.js'

const images = { data: Uint8Array.from({ length: 90 * 64 }, (_, i) => (i * (1 + Math.floor(i / 1920)) * 37) % 256), shape: [90, 8, 8] }

const network = { batchSize: 30, precision: 'float32' } as const
const coder = { ...network, preset: 'paper', widths: [8], latent: 3, layerwiseEpochs: 1, pretrainEpochs: 1, epochs: 1 } as const
const graph = { start: 'graph', rounds: 1, roundEpochs: 1, graphNeighbours: 5, balance: 0 } as const
const selfTraining = { selfTrainingEpochs: 1 } as const

/** Options of fits that together go through every phase. */
const fits: Readonly<Record<MethodName, readonly object[]>> = {
  dcn: [coder, { ...coder, ...graph, ...selfTraining }],
  vade: [
    { ...coder, startSteps: 2 },
    { ...coder, ...graph, ...selfTraining }
  ],
  infogan: [{ ...network, preset: 'paper', epochs: 1, ...selfTraining }],
  jule: [{ preset: 'paper', epochs: 1, neighbours: 5, batchSize: 30, ...selfTraining }],
  autoencoder: [{ ...network, widths: [8], latent: 3, layerwiseEpochs: 1, epochs: 1 }],
  vae: [{ ...network, widths: [8], latent: 3, epochs: 1 }],
  gan: [{ ...network, epochs: 1 }],
  kmeans: [{}],
  'gaussian-mixture': [{}],
  spectral: [{ neighbours: 5, balance: 0 }],
  linkage: [{ neighbours: 5 }],
  'knn-graph': [{ neighbours: 5 }]
}

/** `graph 2` is the phase `graph N`. */
const declared = (phase: string): string => phase.replace(/ \d+$/, ' N')

describe('phases', function () {
  this.timeout(60_000)
  for (const type of estimators as readonly EstimatorClass[]) {
    const { name, options, phases } = type.method
    it(`of ${name} are those that it declares`, async () => {
      const seen = new Set<string>()
      for (const values of fits[name as MethodName]) {
        const model = new type({ ...('clusters' in options && { clusters: 3 }), device: 'cpu', threads: 1, ...values })
        const result = await model.fit(images)
        for (const phase of result.phases) seen.add(declared(phase.name))
        model.dispose()
      }
      assert.deepEqual([...seen].sort(), [...phases].sort())
    })
  }
})
