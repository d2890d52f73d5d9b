/** What crosses between JavaScript and native memory: whose it is, and what happens to it. */

import assert from 'node:assert/strict'
import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { GaussianMixture } from '../../src/methods/gaussian-mixture.js'
import { blobs } from '../methods/blobs.js'
import { smallModels } from './small-models.js'

const { data } = blobs()

describe('the boundary to native code', function () {
  this.timeout(60_000)

  it('a result that JavaScript cannot hold rejects, and the model goes on', async () => {
    const model = smallModels.kmeans()
    await model.fit(data)
    const expected = await model.predict(data)
    const refused = new RangeError('Invalid typed array length: 4294967297')
    Object.defineProperty(Object.prototype, 'labels', {
      configurable: true,
      set() {
        throw refused
      }
    })
    try {
      await assert.rejects(model.predict(data), { code: 'ERR_NATIVE', message: /cannot hold the results: Invalid typed array length/ })
    } finally {
      delete (Object.prototype as { labels?: unknown }).labels
    }
    assert.deepEqual(await model.predict(data), expected)
  })

  it('an array that was given out is the caller’s own, however large', async () => {
    const clusters = 300
    const { data } = blobs({ n: clusters, features: 1000 })
    const model = new GaussianMixture({ clusters, restarts: 1, iterations: 2, device: 'cpu', threads: 1 })
    await model.fit(data)
    const before = await model.mixture()
    const expected = await model.predictProba(data)
    const { means, variances } = await model.mixture()
    assert.ok(means.data.byteLength >= 2 ** 20)
    means.data.fill(7)
    variances.data.fill(7)
    assert.deepEqual(await model.mixture(), before)
    assert.deepEqual(await model.predictProba(data), expected)
  })

  describe('data that are taken away while a model trains on them', () => {
    const training = async (items: Float32Array<ArrayBufferLike>, whenTraining: () => void): Promise<Float32Array> => {
      const model = new AutoEncoder({ widths: [32], latent: 3, batchSize: 64, epochs: 5, device: 'cpu', threads: 1, precision: 'float32' })
      await model.fit({ data: items, shape: data.shape }, { onProgress: event => event.type === 'epoch' && event.epoch === 1 && whenTraining() })
      return (await model.transform(data)).data
    }
    let expected: Float32Array
    before(async () => {
      expected = await training(data.data, () => undefined)
    })

    it('by a transfer do no harm', async () => {
      const items = data.data.slice()
      const taken = await training(items, () => {
        new Float32Array(structuredClone(items.buffer, { transfer: [items.buffer] })).fill(NaN)
        assert.equal(items.length, 0)
      })
      assert.deepEqual(taken, expected)
    })

    it('by a resize do no harm', async () => {
      const buffer: ArrayBuffer = Reflect.construct(ArrayBuffer, [data.data.byteLength, { maxByteLength: 2 * data.data.byteLength }])
      const items = new Float32Array(buffer)
      items.set(data.data)
      assert.deepEqual(await training(items, () => Reflect.apply(Reflect.get(buffer, 'resize'), buffer, [0])), expected)
    })

    it('are read in place from shared memory', async () => {
      const items = new Float32Array(new SharedArrayBuffer(data.data.byteLength))
      items.set(data.data)
      assert.deepEqual(await training(items, () => undefined), expected)
    })
  })
})
