/** What crosses between JavaScript and native memory: whose it is, and what happens to it. */

import assert from 'node:assert/strict'
import { GaussianMixture } from '../../src/methods/gaussian-mixture.js'
import { blobs } from './blobs.js'
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
})
