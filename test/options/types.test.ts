/** The compiler is the test here: `tsc` fails if one of the marked lines compiles. */

import assert from 'node:assert/strict'
import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { DCN, type DCNOptions } from '../../src/methods/dcn.js'
import { KMeans } from '../../src/methods/kmeans.js'

describe('types of options', () => {
  it('are derived from the tables', () => {
    const options: DCNOptions = {
      clusters: 10,
      widths: [64, 32],
      pretrainOptimizer: 'sgd',
      reencode: false,
      preset: 'paper',
      device: 'cuda:1',
      seed: 3
    }
    assert.deepEqual(new DCN(options).options, options)
    new AutoEncoder()
    new KMeans({ clusters: 3, initialisation: 'random' })
  })

  it('refuse wrong names, types, choices and missing options before the program runs', () => {
    // @ts-expect-error a misspelt name
    assert.throws(() => new KMeans({ clusters: 3, restart: 2 }), TypeError)
    // @ts-expect-error a wrong type
    assert.throws(() => new KMeans({ clusters: '3' }), TypeError)
    // @ts-expect-error an unknown choice
    assert.throws(() => new DCN({ clusters: 3, pretrainOptimizer: 'rmsprop' }), RangeError)
    // @ts-expect-error an unknown preset
    assert.throws(() => new DCN({ clusters: 3, preset: 'papers' }), RangeError)
    // @ts-expect-error clusters is required
    assert.throws(() => new DCN({}), TypeError)
    // @ts-expect-error k-means trains no network, so it has no precision
    assert.throws(() => new KMeans({ clusters: 3, precision: 'bfloat16' }), TypeError)
  })
})
