/** The estimators on the real addon: what they promise whatever the method. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { DCN } from '../../src/methods/dcn.js'
import { loadModel } from '../../src/methods/index.js'
import { KMeans } from '../../src/methods/kmeans.js'
import { VaDE } from '../../src/methods/vade.js'
import { evaluate } from '../../src/metrics/index.js'
import { blobs } from '../methods/blobs.js'
import { smallModels } from './small-models.js'

const { data, labels: truth } = blobs()
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

describe('training natively', function () {
  this.timeout(60_000)
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  describe('finds known clusters', () => {
    for (const name of ['kmeans', 'dcn', 'vade'] as const) {
      it(name, async () => {
        const result = await smallModels[name]().fit(data, { labels: truth })
        assert.ok(result.metrics!.acc > 0.99, `ACC ${result.metrics!.acc}`)
        assert.deepEqual(
          result.sizes.reduce((sum, size) => sum + size),
          600
        )
        assert.deepEqual(result.deadClusters, [])
      })
    }

    it('autoencoder, in its embedding', async () => {
      const model = smallModels.autoencoder()
      await model.fit(data)
      const embedding = await model.transform(data)
      assert.deepEqual(embedding.shape, [600, 3])
      const { labels } = await new KMeans({ clusters: 3, device: 'cpu' }).fit(embedding)
      assert.ok(evaluate(truth, labels).acc > 0.99)
    })
  })

  it('lowers the loss of the autoencoder, and reconstructs what it was given', async () => {
    const model = smallModels.autoencoder()
    const { history } = await model.fit(data)
    assert.equal(history.length, 12)
    assert.ok(history.at(-1)!.values.reconstruction! < history[0]!.values.reconstruction! / 4)
    const { data: copies, shape } = await model.reconstruct(data)
    assert.deepEqual(shape, data.shape)
    const error = copies.reduce((sum, value, index) => sum + (value - data.data[index]!) ** 2, 0) / data.data.length
    assert.ok(error < 0.5, `mean squared error ${error}`)
  })

  it('gives probabilities that sum to 1 and have their maximum at the predicted cluster', async () => {
    for (const name of ['kmeans', 'dcn', 'vade'] as const) {
      const model = smallModels[name]()
      await model.fit(data)
      const [predicted, { data: probabilities, shape }] = await Promise.all([model.predict(data), model.predictProba(data)])
      assert.deepEqual(shape, [600, 3])
      for (let item = 0; item < 600; item++) {
        const row = probabilities.subarray(item * 3, item * 3 + 3)
        assert.ok(Math.abs(row.reduce((sum, value) => sum + value) - 1) < 1e-5)
        assert.equal(row.indexOf(Math.max(...row)), predicted[item])
      }
    }
  })

  for (const name of ['kmeans', 'autoencoder', 'dcn', 'vae', 'vade'] as const) {
    describe(name, () => {
      const trained = async (seed = 0): Promise<Buffer> => {
        const model = smallModels[name](seed)
        await model.fit(data)
        return bytesOf((await model.transform(data)).data)
      }

      it('repeats bit for bit with the same seed', async () => assert.deepEqual(await trained(3), await trained(3)))

      it('takes images, as bytes', async () => {
        const images = { data: Uint8Array.from({ length: 60 * 16 }, (_, index) => (index * 37) % 256), shape: [60, 4, 4] }
        const result = await smallModels[name]().fit(images)
        assert.equal(result.options.scaling, 'unit')
        assert.equal(result.preset, { kmeans: null, vae: null, vade: 'invariant', autoencoder: 'augmented', dcn: 'augmented' }[name])
      })

      it('gives the same results after save and load', async () => {
        const model = smallModels[name]()
        const { history } = await model.fit(data)
        await model.save(folder)
        const loaded = (await loadModel(folder, { device: 'cpu', threads: 1 })) as typeof model
        assert.deepEqual(loaded.history, history)
        assert.deepEqual(bytesOf((await loaded.transform(data)).data), bytesOf((await model.transform(data)).data))
        if ((loaded instanceof DCN && model instanceof DCN) || (loaded instanceof VaDE && model instanceof VaDE)) {
          assert.deepEqual(await loaded.predict(data), await model.predict(data))
          assert.deepEqual(await loaded.reconstruct(data), await model.reconstruct(data))
        }
      })
    })
  }

  it('draws differently with another seed', async () => {
    const embed = async (seed: number): Promise<Buffer> => {
      const model = smallModels.autoencoder(seed)
      await model.fit(data)
      return bytesOf((await model.transform(data)).data)
    }
    assert.notDeepEqual(await embed(1), await embed(2))
  })

  describe('resume', () => {
    const many = blobs({ n: 2000 }).data
    const run = { device: 'cpu', threads: 1, precision: 'float32', widths: [64], latent: 3, batchSize: 64 } as const
    // Long enough that a run is still under way when its loop is left.
    const long = {
      autoencoder: () => new AutoEncoder({ ...run, epochs: 60, schedule: 'cosine' }),
      dcn: () => new DCN({ ...run, clusters: 3, pretrainEpochs: 30, epochs: 40, refreshEvery: 10, kmeansRestarts: 3 }),
      vade: () => new VaDE({ ...run, clusters: 3, pretrainEpochs: 10, epochs: 30 })
    }
    for (const [name, phase, epoch] of [
      ['autoencoder', 'train', 5],
      ['dcn', 'pretrain', 5],
      ['dcn', 'joint', 1],
      ['dcn', 'joint', 12],
      ['vade', 'joint', 3]
    ] as const) {
      it(`of ${name}, stopped after epoch ${epoch} of its ${phase} phase, saved and loaded, ends bit for bit as an uninterrupted run`, async () => {
        const whole = long[name]()
        const expected = await whole.fit(many)

        const first = long[name]()
        for await (const event of first.fitSteps(many)) if (event.type === 'epoch' && event.phase === phase && event.epoch === epoch) break
        assert.equal(first.finished, false)
        await first.save(folder)
        const second = (await loadModel(folder, { device: 'cpu', threads: 1 })) as typeof whole
        const result = await second.fit(many, { resume: true })

        assert.deepEqual(bytesOf((await second.transform(many)).data), bytesOf((await whole.transform(many)).data))
        const losses = ({ history }: typeof expected): unknown => history.map(({ seconds: _, ...entry }) => entry)
        assert.deepEqual(losses(result), losses(expected))
        for (const key of ['labels', 'assignments'] as const) assert.deepEqual(Reflect.get(result, key), Reflect.get(expected, key))
      })
    }
  })

  describe('abort', () => {
    it('stops within an epoch', async () => {
      const controller = new AbortController()
      const model = new AutoEncoder({ batchSize: 1, epochs: 1, device: 'cpu', threads: 1 })
      const many = blobs({ n: 100_000 }).data
      const fit = model.fit(many, {
        signal: controller.signal,
        onProgress: event => event.type === 'step' && controller.abort('enough')
      })
      await assert.rejects(fit, error => error === 'enough')
      assert.equal(model.history.length, 0)
    })

    it('by leaving the loop stops too, and the model is still good', async () => {
      const model = new DCN({ clusters: 3, widths: [32], pretrainEpochs: 1_000_000, device: 'cpu', threads: 1 })
      for await (const event of model.fitSteps(data)) if (event.type === 'epoch') break
      assert.deepEqual((await model.transform(data)).shape, [600, 10])
    })

    it('before there are centroids leaves a model that cannot predict yet, and says so', async () => {
      const model = smallModels.dcn()
      for await (const event of model.fitSteps(data)) if (event.type === 'epoch') break
      await assert.rejects(model.predict(data), { code: 'ERR_NOT_FITTED' })
    })
  })

  it('reports a loss that is not a number, with epoch and term', async () => {
    const model = new AutoEncoder({ optimizer: 'sgd', learningRate: 1e9, epochs: 5, device: 'cpu', threads: 1 })
    await assert.rejects(model.fit(data), { code: 'ERR_DIVERGED', epoch: 1, message: /reconstruction.*epoch 1 / })
  })

  it('refuses a saved state that does not fit its options', async () => {
    const model = smallModels.dcn()
    await model.fit(data)
    await model.save(folder)
    const other = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
    try {
      const { loadModelFolder, saveModelFolder } = await import('../../src/model-file/index.js')
      const { config, tensors } = await loadModelFolder(folder)
      const { centroids: _, ...without } = tensors
      for (const lying of [without, { ...tensors, centroids: { data: new Float32Array(4), shape: [2, 2] } }]) {
        await saveModelFolder(other, config as Record<string, unknown>, lying)
        await assert.rejects(DCN.load(other), { code: 'ERR_FILE_FORMAT' })
      }
    } finally {
      await rm(other, { recursive: true })
    }
  })

  describe('threads and processes', () => {
    const startWorker = (forever: boolean): Worker => new Worker(new URL('./train-worker.js', import.meta.url), { workerData: { forever } })

    it('trains in four workers at once, each as one would alone', async () => {
      const expected = (await smallModels.dcn().fit(data)).labels
      const results = await Promise.all([1, 2, 3, 4].map(async () => (await once(startWorker(false), 'message'))[0] as Int32Array))
      for (const labels of results) assert.deepEqual(labels, expected)
    })

    it('a worker may be terminated while it trains', async () => {
      const worker = startWorker(true)
      await once(worker, 'message')
      await worker.terminate()
      assert.ok((await smallModels.kmeans().fit(data, { labels: truth })).metrics!.acc > 0.99)
    })

    const leave = async (how: string): Promise<{ code: number | null; signal: string | null; stdout: string }> => {
      const child = spawn(process.execPath, [new URL('./train-and-exit.js', import.meta.url).pathname, how], { stdio: ['ignore', 'pipe', 'ignore'] })
      let stdout = ''
      child.stdout.on('data', chunk => (stdout += chunk))
      const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
      return { code, signal, stdout }
    }

    it('a process may exit while it trains', async () => assert.deepEqual(await leave('exit'), { code: 7, signal: null, stdout: '' }))
    it('a process may die of an uncaught error while it trains', async () =>
      assert.deepEqual(await leave('throw'), { code: 1, signal: null, stdout: '' }))
    it('a process ends by itself after a running model was disposed', async () =>
      assert.deepEqual(await leave('dispose'), { code: 0, signal: null, stdout: 'ERR_DISPOSED' }))
  })
})
