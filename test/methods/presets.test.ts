import assert from 'node:assert/strict'
import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { DCN } from '../../src/methods/dcn.js'
import { KMeans } from '../../src/methods/kmeans.js'
import { VaDE } from '../../src/methods/vade.js'
import { VAE } from '../../src/methods/vae.js'
import { FakeModel, useFakeAddon } from '../estimator/fake-addon.js'

const vectors = { data: new Float32Array(60), shape: [30, 2] }
const images = { data: new Uint8Array(120), shape: [30, 2, 2] }

describe('presets', () => {
  useFakeAddon()
  const sent = (): Record<string, unknown> => FakeModel.made.at(-1)!.spec.options

  it('are chosen by the kind of data, and the record says which it was', async () => {
    assert.equal((await new DCN({ clusters: 3 }).fit(images)).preset, 'augmented')
    assert.equal(sent().rotation, 10)
    assert.equal((await new DCN({ clusters: 3 }).fit(vectors)).preset, 'graph')
    assert.equal(sent().rotation, 0)
    assert.equal((await new AutoEncoder().fit(vectors)).preset, 'adam')
    assert.equal((await new KMeans({ clusters: 3 }).fit(vectors)).preset, null)
  })

  it('of VaDE are chosen by the kind of data, as is the distribution of its decoder', async () => {
    assert.equal((await new VaDE({ clusters: 3 }).fit(images)).preset, 'invariant')
    assert.deepEqual([sent().loss, sent().start, sent().epochs], ['bernoulli', 'graph', 15])
    assert.equal((await new VaDE({ clusters: 3 }).fit(vectors)).preset, 'graph')
    assert.deepEqual([sent().loss, sent().start, sent().mutualInformation], ['gaussian', 'graph', 0])
    await new VAE({ scaling: 'standard' }).fit(images)
    assert.equal(sent().loss, 'gaussian')
    await new VAE({ loss: 'gaussian' }).fit(images)
    assert.equal(sent().loss, 'gaussian')
  })

  it('say how many items a phase is to see: of large data fewer epochs show as many', async () => {
    const epochsOf = async (n: number, options = {}): Promise<readonly unknown[]> => {
      await new DCN({ clusters: 3, preset: 'graph', ...options }).fit({ data: new Uint8Array(n), shape: [n, 1] })
      return [sent().pretrainEpochs, sent().roundEpochs, sent().epochs]
    }
    assert.deepEqual(await epochsOf(10_000), [60, 4, 4])
    assert.deepEqual(await epochsOf(70_000), [15, 2, 2])
    // Pre-training sees all items, the clusters are trained on some of them.
    assert.deepEqual(await epochsOf(2_000_000), [0.525, 1.4, 1.4])
    assert.deepEqual(await epochsOf(2_000_000, { trainItems: 0 }), [0.525, 0.07, 0.07])
    assert.deepEqual(await epochsOf(2_000_000, { trainItems: 1_000_000, epochs: 3 }), [0.525, 0.14, 3])
  })

  it('give way to options given beside them', async () => {
    const result = await new DCN({ clusters: 3, preset: 'paper', lambda: 2, nesterov: false }).fit(vectors)
    assert.equal(result.preset, 'paper')
    assert.deepEqual([sent().lambda, sent().nesterov, sent().momentum, sent().initialisation], [2, false, 0.9, 'fan-in-normal'])
    assert.deepEqual(result.options, sent())
  })

  it('reach the core as complete options, nothing left to auto', async () => {
    for (const [model, data, scaling] of [
      [new DCN({ clusters: 3 }), images, 'unit'],
      [new AutoEncoder(), vectors, 'none'],
      [new VaDE({ clusters: 3 }), images, 'unit'],
      [new VaDE({ clusters: 3 }), vectors, 'none'],
      [new VAE(), vectors, 'none'],
      [new KMeans({ clusters: 3, scaling: 'standard' }), images, 'standard']
    ] as const) {
      await model.fit(data)
      const { method } = model.constructor as typeof DCN
      assert.deepEqual(Object.keys(sent()), Object.keys(method.options))
      assert.ok(Object.values(sent()).every(value => value !== undefined && value !== 'auto'))
      assert.equal(sent().scaling, scaling)
      assert.equal(FakeModel.made.at(-1)!.spec.method, method.name)
    }
  })
})

describe('options together', () => {
  useFakeAddon()

  it('must agree with each other, in the constructor', () => {
    assert.throws(() => new DCN({ clusters: 3, loss: 'bernoulli', scaling: 'standard' }), {
      name: 'RangeError',
      message: /for `scaling` but received "standard"/
    })
    assert.throws(() => new DCN({ clusters: 3, preset: 'paper', momentum: 0 }), {
      name: 'RangeError',
      message: /above 0 \(`nesterov` is on\) for `momentum`/
    })
    assert.throws(() => new DCN({ clusters: 3, pretrainOptimizer: 'sgd', pretrainNesterov: true }), {
      message: /`pretrainNesterov` is on\) for `pretrainMomentum`/
    })
    assert.throws(() => new VaDE({ clusters: 3, loss: 'bernoulli', scaling: 'standard' }), { name: 'RangeError', message: /`scaling`/ })
    assert.throws(() => new VaDE({ clusters: 3, preset: 'paper', rounds: 2 }), { name: 'RangeError', message: /`start`/ })
  })

  it('must leave something to train', () => {
    assert.throws(() => new AutoEncoder({ epochs: 0 }), { name: 'RangeError', message: /for `epochs` but received 0/ })
    new AutoEncoder({ epochs: 0, layerwiseEpochs: 5 })
  })

  it('must agree with the data, in fit', async () => {
    await assert.rejects(new KMeans({ clusters: 31 }).fit(vectors), {
      name: 'RangeError',
      message: 'Expected at least 31 items (one per cluster) for `data` but received 30'
    })
    await assert.rejects(new DCN({ clusters: 31 }).fit(images), RangeError)
    await assert.rejects(new AutoEncoder({ shift: 0.1 }).fit(vectors), {
      name: 'RangeError',
      message: /^Expected 0 for `shift` but received 0.1: augmentation needs images/
    })
    assert.equal(FakeModel.made.length, 0)
  })
})
