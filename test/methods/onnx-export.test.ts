/** Every exportable method, trained on real digits: what its files answer, against the model itself. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Dataset, readData, readLabels, writeNpy } from '../../src/data/index.js'
import { ClusterEstimator } from '../../src/estimator/cluster-estimator.js'
import type { Estimator } from '../../src/estimator/estimator.js'
import type { FitResult, FloatTensor } from '../../src/estimator/types.js'
import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { DCN } from '../../src/methods/dcn.js'
import { GAN } from '../../src/methods/gan.js'
import { GaussianMixture } from '../../src/methods/gaussian-mixture.js'
import { estimators, exportOnnx, loadModel } from '../../src/methods/index.js'
import { InfoGAN } from '../../src/methods/infogan.js'
import { JULE } from '../../src/methods/jule.js'
import { KMeans } from '../../src/methods/kmeans.js'
import { KnnGraph } from '../../src/methods/knn-graph.js'
import { GraphDegreeLinkage } from '../../src/methods/linkage.js'
import { SpectralClustering } from '../../src/methods/spectral.js'
import { VaDE } from '../../src/methods/vade.js'
import { VAE } from '../../src/methods/vae.js'
import { sideBySide } from '../../src/onnx/draws.js'
import { OnnxModel } from '../../src/onnx/index.js'
import { blobs } from './blobs.js'

const run = { device: 'cpu', threads: 1 } as const
const network = { precision: 'float32', widths: [64], preset: 'plain' } as const

interface Trained {
  readonly model: Estimator<FitResult>
  readonly data: Dataset
}

/** One model of each method that can be exported, and of each way in which its graph differs. */
const trainings: Readonly<Record<string, (digits: Dataset) => Promise<Trained>>> = {
  dcn: async digits => fitted(new DCN({ ...run, ...network, clusters: 10, pretrainEpochs: 2, epochs: 1, kmeansRestarts: 2 }), digits),
  'dcn, standard scaling, tanh, of floats': async digits =>
    fitted(
      new DCN({ ...run, ...network, clusters: 10, pretrainEpochs: 1, epochs: 1, kmeansRestarts: 1, scaling: 'standard', activation: 'tanh' }),
      floatsOf(digits)
    ),
  'dcn, self-trained': async digits =>
    fitted(
      new DCN({ ...run, ...network, clusters: 10, pretrainEpochs: 1, epochs: 1, kmeansRestarts: 1, selfTrainingEpochs: 1, scaling: 'standard' }),
      digits
    ),
  'dcn, self-trained, three channels': async digits =>
    fitted(new DCN({ ...run, ...network, clusters: 10, pretrainEpochs: 1, epochs: 1, kmeansRestarts: 1, selfTrainingEpochs: 1 }), coloured(digits)),
  autoencoder: async digits => fitted(new AutoEncoder({ ...run, precision: 'float32', widths: [64], preset: 'adam', epochs: 2 }), digits),
  'autoencoder, bernoulli, leaky-relu': async digits =>
    fitted(
      new AutoEncoder({ ...run, precision: 'float32', widths: [64, 32], preset: 'adam', epochs: 2, loss: 'bernoulli', activation: 'leaky-relu' }),
      digits
    ),
  vae: async digits => fitted(new VAE({ ...run, precision: 'float32', widths: [64], epochs: 2 }), digits),
  vade: async digits =>
    fitted(new VaDE({ ...run, precision: 'float32', widths: [64], preset: 'graph', clusters: 10, pretrainEpochs: 2, epochs: 1 }), digits),
  'gaussian-mixture': async digits => fitted(new GaussianMixture({ ...run, clusters: 10, iterations: 5 }), digits),
  kmeans: async digits => fitted(new KMeans({ ...run, clusters: 10, restarts: 1 }), digits),
  'kmeans, few features': async () => fitted(new KMeans({ ...run, clusters: 3, restarts: 1 }), blobs().data),
  spectral: async digits => fitted(new SpectralClustering({ ...run, precision: 'float32', clusters: 10, restarts: 1 }), digits),
  linkage: async digits => fitted(new GraphDegreeLinkage({ ...run, precision: 'float32', clusters: 10 }), digits),
  'linkage, norms capped': async digits => fitted(new GraphDegreeLinkage({ ...run, precision: 'float32', clusters: 10, capNorms: true }), digits),
  infogan: async digits =>
    fitted(
      new InfoGAN({ ...run, precision: 'float32', clusters: 10, maps: 8, hidden: 64, epochs: 1, codes: 'uniform,cat3', learnedVariance: true }),
      digits
    ),
  'infogan, fully connected, no other code': async () =>
    fitted(new InfoGAN({ ...run, precision: 'float32', clusters: 3, widths: [32, 16], epochs: 2, codes: 'none' }), blobs().data),
  gan: async digits => fitted(new GAN({ ...run, precision: 'float32', maps: 8, hidden: 64, epochs: 1 }), digits),
  'gan, three channels, linear, of floats': async digits =>
    fitted(new GAN({ ...run, precision: 'float32', maps: 8, hidden: 32, epochs: 1, scaling: 'standard', codes: 'none' }), coloured(digits)),
  jule: async digits => fitted(new JULE({ ...run, precision: 'float32', clusters: 10, maps: 8, epochs: 1 }), digits),
  'jule, fully connected': async () =>
    fitted(new JULE({ ...run, precision: 'float32', clusters: 3, widths: [32], dimensions: 8, epochs: 1 }), blobs().data)
}

async function fitted(model: Estimator<FitResult>, data: Dataset): Promise<Trained> {
  await model.fit(data)
  return { model, data }
}

/** Pixels as vectors of floats. */
function floatsOf({ data, shape: [n] }: Dataset): Dataset {
  return { data: Float32Array.from(data), shape: [n!, data.length / n!] }
}

/** A few digits as images of floats with three channels. */
function coloured({ data }: Dataset): Dataset {
  const n = 600
  const pixels = Float32Array.from(
    { length: n * 3 * 784 },
    (_, i) => (data[Math.floor(i / 2352) * 784 + (i % 784)]! * (1 + (Math.floor(i / 784) % 3))) / 255
  )
  return { data: pixels, shape: [n, 3, 28, 28] }
}

const call = async (model: object, operation: string, data: Dataset): Promise<FloatTensor | undefined> =>
  (model as Record<string, ((data: Dataset) => Promise<FloatTensor>) | undefined>)[operation]?.(data)

function closeRows(actual: FloatTensor, expected: FloatTensor): void {
  assert.deepEqual(actual.shape, expected.shape)
  const width = expected.data.length / expected.shape[0]!
  for (let row = 0; row < expected.shape[0]!; row++) {
    const own = expected.data.subarray(row * width, (row + 1) * width)
    const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const wrong = own.findIndex((value, i) => !(Math.abs(value - actual.data[row * width + i]!) <= 1e-4 * largest))
    assert.equal(wrong, -1, `row ${row}: ${actual.data[row * width + wrong]}, not ${own[wrong]}`)
  }
}

type Generative = Estimator<FitResult> & { decode(latents: FloatTensor): Promise<FloatTensor> }

/** The file of a generator gives what the model decodes from the same inputs, by a seed, in batches of any size. */
async function generates(model: Generative, file: string): Promise<void> {
  await using onnx = await OnnxModel.load(file, { threads: 1, batchSize: 7 })
  const { samples, latents } = await onnx.sample({ count: 20, seed: 4 })
  assert.deepEqual((await onnx.sample({ count: 20, seed: 4 })).samples, samples)
  assert.notDeepEqual((await onnx.sample({ count: 20, seed: 5 })).samples, samples)
  assert.deepEqual(
    Object.keys(latents),
    onnx.inputs.map(({ name }) => name)
  )
  if ('cluster' in latents) return
  const inputs = sideBySide(
    Object.values(latents).map(({ data }) => data as Float32Array),
    20
  )
  closeRows(samples, await model.decode({ data: inputs, shape: [20, inputs.length / 20] }))
}

describe('ONNX export', function () {
  this.timeout(120_000)
  let folder: string
  let digits: Dataset
  const models = new Map<string, Trained>()
  const path = (name: string): string => join(folder, `${name.replace(/\W+/g, '-')}.onnx`)
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-onnx-'))
    const { data, shape } = await readData('mnist-test')
    digits = { data: data.subarray(0, 3000 * 784), shape: [3000, ...shape.slice(1)] }
    for (const [name, train] of Object.entries(trainings)) models.set(name, await train(digits))
  })
  after(async () => {
    for (const { model } of models.values()) model.dispose()
    await rm(folder, { recursive: true })
  })

  it('has a training here for each method that can be exported', () => {
    const exportable = estimators.filter(({ method }) => method.onnx).map(({ method }) => method.name)
    assert.deepEqual(
      exportable.filter(name => !(name in trainings)),
      []
    )
  })

  for (const name of Object.keys(trainings)) {
    describe(name, () => {
      it('is checked, and answers as the model does on every item', async () => {
        const { model, data } = models.get(name)!
        const report = await model.exportOnnx(path(name))
        assert.ok(report.checked > 400, String(report.checked))
        assert.equal(report.input, data.data instanceof Uint8Array ? 'uint8' : 'float32')
        await using onnx = await OnnxModel.load(path(name), { threads: 1 })
        const embedding = await call(model, 'transform', data)
        assert.equal(
          onnx.outputs.some(output => output.name === 'embedding'),
          embedding !== undefined
        )
        if (embedding) closeRows(await onnx.transform(data), embedding)
        if (model instanceof ClusterEstimator) {
          assert.deepEqual(await onnx.predict(data), await model.predict(data))
          const [own, theirs] = [await model.predictProba(data), await onnx.predictProba(data)]
          assert.ok(own.data.every((value, i) => Math.abs(value - theirs.data[i]!) < 1e-3))
        }
        const generator = report.files.find(({ part }) => part === 'generator')
        assert.equal(generator !== undefined, 'sample' in model)
        if (generator) await generates(model as Generative, generator.path)
        const reconstruction = await call(model, 'reconstruct', data)
        assert.equal(
          report.files.some(({ part }) => part === 'decoder'),
          reconstruction !== undefined
        )
        if (!reconstruction) return
        await using decoder = await OnnxModel.load(report.files.find(({ part }) => part === 'decoder')!.path, { threads: 1 })
        closeRows(await decoder.decode(embedding!), reconstruction)
      })

      it('is the same file from the saved folder, without the addon', async () => {
        const { model } = models.get(name)!
        const saved = join(folder, 'saved')
        await model.save(saved)
        const report = await exportOnnx(saved, path('from-folder'), { input: (await model.exportOnnx(path(name))).input })
        assert.equal(report.checked, 0)
        assert.deepEqual(await readFile(path('from-folder')), await readFile(path(name)))
      })
    })
  }

  it('carries what is known of the model', async () => {
    const { labels } = await readLabels('mnist-test')
    const model = new KMeans({ ...run, clusters: 10, restarts: 1, iterations: 2, seed: 5 })
    const { metrics } = await model.fit(digits, { labels: labels.subarray(0, 3000) })
    await model.exportOnnx(path('metadata'))
    await using onnx = await OnnxModel.load(path('metadata'))
    const { method, clusters, scaling, seed, shape, fittedItems, part, options, metrics: scores, packageVersion } = onnx.metadata
    assert.deepEqual([method, clusters, scaling, seed, shape, fittedItems, part], ['kmeans', '10', 'unit', '5', '[28,28]', '3000', 'model'])
    assert.equal((JSON.parse(options!) as { iterations: number }).iterations, 2)
    assert.deepEqual(JSON.parse(scores!), metrics)
    assert.match(packageVersion!, /^\d+\.\d+\.\d+/)
  })

  it('keeps the scores in a saved model', async () => {
    const model = new KMeans({ ...run, clusters: 3 })
    const { data, labels } = blobs()
    const { metrics } = await model.fit(data, { labels })
    await model.save(join(folder, 'scored'))
    await exportOnnx(join(folder, 'scored'), path('scored'))
    await using onnx = await OnnxModel.load(path('scored'))
    assert.deepEqual(JSON.parse(onnx.metadata.metrics!), metrics)
  })

  it('a loaded model is checked on items that are given, or not at all', async () => {
    const { model, data } = models.get('dcn')!
    await model.save(join(folder, 'loaded'))
    const loaded = await loadModel(join(folder, 'loaded'), run)
    await assert.rejects(loaded.exportOnnx(path('loaded')), {
      name: 'TypeError',
      message: /for `data` but received undefined: a loaded model keeps none/
    })
    assert.equal((await loaded.exportOnnx(path('loaded'), { data })).checked, 1024)
    assert.equal((await loaded.exportOnnx(path('loaded'), { check: false })).checked, 0)
    assert.equal((await loaded.exportOnnx(path('loaded'), { data, input: 'float32' })).input, 'float32')
    loaded.dispose()
  })

  it('a file that does not answer as the model does is refused and not written', async () => {
    const { model, data } = models.get('kmeans')!
    const { method } = KMeans
    const { model: honest } = method.onnx!
    const lie = {
      ...method.onnx!,
      model: ((graph, items, learned) => {
        const centroids = learned.tensors.centroids!
        const moved = { ...centroids, data: (centroids.data as Float32Array).map((value, i) => (i < 784 ? value + 0.05 : value)) }
        return honest(graph, items, { ...learned, tensors: { ...learned.tensors, centroids: moved } })
      }) as typeof honest
    }
    const writable = method as { onnx?: typeof method.onnx }
    const truth = writable.onnx!
    writable.onnx = lie
    try {
      await assert.rejects(model.exportOnnx(path('lie'), { data }), {
        code: 'ERR_EXPORT_MISMATCH',
        message: /and was not written: the embedding of item 0 differs/
      })
    } finally {
      writable.onnx = truth
    }
    assert.ok(!(await readdir(folder)).includes('lie.onnx'))
  })

  it('a method that infers nothing says so', async () => {
    const model = new KnnGraph({ ...run, neighbours: 3 })
    await model.fit(blobs({ n: 60 }).data)
    await assert.rejects(model.exportOnnx(path('none')), {
      code: 'ERR_NOT_EXPORTABLE',
      message: 'KnnGraph cannot be exported: it infers nothing of new items'
    })
  })

  it('needs a model that has learned something, a path, and options that are some', async () => {
    const model = new KMeans({ ...run, clusters: 3 })
    await assert.rejects(model.exportOnnx(path('new')), { code: 'ERR_NOT_FITTED' })
    await assert.rejects(model.exportOnnx('digits.bin'), {
      name: 'RangeError',
      message: 'Expected a path that ends in .onnx for `path` but received "digits.bin"'
    })
    await assert.rejects(model.exportOnnx(path('new'), { inputs: 'uint8' } as never), { name: 'TypeError', message: /inputs/ })
    await assert.rejects(model.exportOnnx(path('new'), { input: 'int8' as never }), {
      name: 'RangeError',
      message: /for `input` but received "int8"/
    })
    const unclustered = new DCN({ ...run, ...network, clusters: 3, pretrainEpochs: 1_000_000 })
    for await (const event of unclustered.fitSteps(blobs().data)) if (event.type === 'epoch') break
    await assert.rejects(unclustered.exportOnnx(path('new')), { code: 'ERR_NOT_FITTED', message: /no clusters yet/ })
    unclustered.dispose()
    await assert.rejects(unclustered.exportOnnx(path('new')), { code: 'ERR_DISPOSED' })
  })

  it("passes the checker of Python's onnx with full shape inference, and Python's onnxruntime gives the same labels", async function () {
    const python = process.env['PYTHON'] ?? 'python3'
    const missing = ['numpy', 'onnx', 'onnxruntime'].filter(module => spawnSync(python, ['-c', `import ${module}`]).status !== 0)
    if (missing.length > 0) {
      console.log(`      skipped: ${python} has no ${missing.join(', ')} (set PYTHON)`)
      this.skip()
    }
    const script = join(folder, 'check.py')
    await writeFile(
      script,
      `import sys, numpy, onnx, onnxruntime
path, items, labels, embedding = sys.argv[1:5]
for part in [path] + sys.argv[5:]:
    onnx.checker.check_model(onnx.load(part), full_check=True)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
data = numpy.load(items)
names = [output.name for output in session.get_outputs()]
results = dict(zip(names, session.run(None, {'items': data})))
if 'embedding' in results:
    own = numpy.load(embedding)
    assert numpy.allclose(results['embedding'], own, rtol=1e-4, atol=1e-4 * numpy.abs(own).max()), 'embedding'
if 'label' in results:
    assert numpy.array_equal(results['label'], numpy.load(labels)), 'label'
print(path, names, len(data))
`
    )
    for (const [name, { model, data }] of models) {
      const { files } = await model.exportOnnx(path(name))
      const [items, labels, embedding] = ['items.npy', 'labels.npy', 'embedding.npy'].map(file => join(folder, file)) as [string, string, string]
      await writeNpy(items, data as Parameters<typeof writeNpy>[1])
      const codes = await call(model, 'transform', data)
      if (codes) await writeNpy(embedding, codes)
      if (model instanceof ClusterEstimator) await writeNpy(labels, { data: await model.predict(data), shape: [data.shape[0]!] })
      const { status, stderr } = spawnSync(
        python,
        [script, ...[files[0]!.path, items, labels, embedding], ...files.slice(1).map(file => file.path)],
        { encoding: 'utf8' }
      )
      assert.equal(status, 0, `${name}: ${stderr}`)
    }
  })
})
