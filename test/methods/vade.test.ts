/** VaDE, VAE and GaussianMixture on the real addon, beside what native.test.ts asks of every method. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readNpy, writeNpy } from '../../src/data/index.js'
import { sweepClusters } from '../../src/estimator/sweep.js'
import { GaussianMixture } from '../../src/methods/gaussian-mixture.js'
import { VaDE } from '../../src/methods/vade.js'
import { jsonOf, runCommand } from '../cli/run-command.js'
import { smallModels } from '../estimator/small-models.js'
import { blobs } from './blobs.js'

const { data, labels: truth } = blobs()
const run = { device: 'cpu', threads: 1 } as const

/** 4 kinds of 8 x 8 images: a bright bar, lying or upright, in one half or the other. */
function bars(n: number): { readonly data: { readonly data: Uint8Array; readonly shape: readonly number[] }; readonly labels: Int32Array } {
  const labels = Int32Array.from({ length: n }, (_, i) => i % 4)
  const pixels = Uint8Array.from({ length: n * 64 }, (_, i) => (i * 37) % 29)
  for (let item = 0; item < n; item++) {
    const [kind, place] = [labels[item]!, labels[item]! % 2 ? 5 : 2]
    for (let i = 0; i < 8; i++) pixels[item * 64 + (kind < 2 ? place * 8 + i : i * 8 + place)] = 230
  }
  return { data: { data: pixels, shape: [n, 8, 8] }, labels }
}

const small = { ...run, precision: 'float32', widths: [32], latent: 4, batchSize: 32 } as const

describe('VaDE, VAE and GaussianMixture natively', function () {
  this.timeout(60_000)
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('VaDE takes `invariant` for images; restarts are ranked by the mutual information between views', async () => {
    const { data: images, labels } = bars(160)
    const model = new VaDE({ ...small, clusters: 4, pretrainEpochs: 12, epochs: 3, startSteps: 60, mixtureRestarts: 4, restarts: 2 })
    const result = await model.fit(images, { labels })
    assert.equal(result.preset, 'invariant')
    assert.equal(result.options.loss, 'bernoulli')
    assert.ok(result.metrics!.acc > 0.9, `ACC ${result.metrics!.acc}`)
    const criteria = result.restarts!.map(({ criterion }) => criterion!)
    assert.equal(criteria.length, 2)
    assert.equal(Math.max(...criteria), result.history.findLast(({ phase }) => phase === 'read-out')!.values.mutualInformation)
    assert.ok(criteria.every(value => value >= 0 && value <= Math.log(4) + 1e-6))
  })

  it('VaDE takes `graph` for vectors; restarts are ranked by the normalised cut', async () => {
    const model = new VaDE({ ...small, clusters: 3, pretrainEpochs: 12, epochs: 3, restarts: 2 })
    const result = await model.fit(data, { labels: truth })
    assert.deepEqual([result.preset, result.options.loss], ['graph', 'gaussian'])
    assert.ok(result.metrics!.acc > 0.99)
    const cut = result.history.findLast(({ phase }) => phase === 'graph')!.values.normalisedCut
    assert.equal(Math.min(...result.restarts!.map(({ criterion }) => criterion!)), cut)
  })

  it('the history holds every term, and scores only where labels were given, which change nothing else', async () => {
    const withLabels = await smallModels.vade().fit(data, { labels: truth })
    const without = await smallModels.vade().fit(data)
    const joint = ({ history }: typeof without): readonly Readonly<Record<string, number>>[] =>
      history.filter(({ phase }) => phase === 'joint').map(({ values }) => values)
    assert.equal(joint(without).length, 4)
    joint(withLabels).forEach((values, epoch) => {
      const { acc, nmi, ari, ...rest } = values
      assert.ok([acc, nmi, ari].every(score => score! > 0.9 && score! <= 1))
      assert.deepEqual(rest, joint(without)[epoch])
      assert.deepEqual(Object.keys(rest), ['reconstruction', 'componentDivergence', 'clusterDivergence', 'changed', 'elbo', 'empty'])
    })
    assert.deepEqual(withLabels.labels, without.labels)
    const { history } = await smallModels.dcn().fit(data, { labels: truth })
    assert.ok(history.filter(({ phase }) => phase === 'joint').every(({ values }) => values.acc! > 0.9))
  })

  it('an epoch’s event carries the assignments', async () => {
    const seen: Int32Array[] = []
    await smallModels.vade().fit(data, { onProgress: event => event.type === 'epoch' && event.assignments && seen.push(event.assignments) })
    assert.equal(seen.length, 4)
    assert.ok(seen.every(assignments => assignments instanceof Int32Array && assignments.length === 600))
  })

  it('VaDE samples, decodes and interpolates in the units of the data', async () => {
    const model = new VaDE({ ...small, clusters: 3, pretrainEpochs: 30, epochs: 30, learningRate: 2e-3, pretrainLearningRate: 3e-3 })
    await model.fit(data)
    const drawn = await model.sample({ cluster: 1, count: 20, minPosterior: 0.9, seed: 3 })
    assert.deepEqual([drawn.samples.shape, drawn.latents.shape, [...new Set(drawn.labels)]], [[20, 8], [20, 4], [1]])
    const predicted = await model.predict(drawn.samples)
    assert.ok(predicted.filter(label => label === 1).length >= 18, `${predicted}`)
    assert.deepEqual(await model.decode(drawn.latents), drawn.samples)
    assert.deepEqual(await model.sample({ cluster: 1, count: 20, minPosterior: 0.9, seed: 3 }), drawn)

    const { weights, means, variances } = await model.mixture()
    assert.ok(Math.abs([...weights].reduce((sum, weight) => sum + weight) - 1) < 1e-5)
    assert.deepEqual(
      [means.shape, variances.shape],
      [
        [3, 4],
        [3, 4]
      ]
    )
    const walk = await model.interpolate(0, 2, 5)
    assert.deepEqual(walk.shape, [5, 8])
    const ends = await model.decode({ data: Float32Array.from([...means.data.subarray(0, 4), ...means.data.subarray(8, 12)]), shape: [2, 4] })
    assert.deepEqual([...walk.data.subarray(0, 8), ...walk.data.subarray(32)], [...ends.data])
  })

  it('VaDE names the most and the least typical members of a cluster', async () => {
    const model = smallModels.vade()
    const { labels } = await model.fit(data)
    const { most, least, logDensity } = await model.members(data, { cluster: 2, count: 5 })
    assert.deepEqual([most.length, least.length], [5, 5])
    assert.ok([...most, ...least].every(item => labels[item] === 2))
    const own = [...labels.keys()].filter(item => labels[item] === 2).map(item => logDensity[item]!)
    assert.equal(logDensity[most[0]!], Math.max(...own))
    assert.equal(logDensity[least[0]!], Math.min(...own))
  })

  it('bad requests name what is wrong', async () => {
    const model = smallModels.vade()
    await assert.rejects(model.sample(), { code: 'ERR_NOT_FITTED' })
    await model.fit(data)
    await assert.rejects(model.sample({ cluster: 3 }), {
      name: 'RangeError',
      message: 'Expected an integer from 0 to 2 for `cluster` but received 3'
    })
    await assert.rejects(model.sample({ minPosterior: 2 }), RangeError)
    await assert.rejects(model.sample({ amount: 2 } as never), { name: 'TypeError', message: /Unknown option `amount`/ })
    await assert.rejects(model.decode([[1, 2]]), { name: 'RangeError', message: /items of shape \[3\]/ })
    await assert.rejects(model.interpolate(0, 5), { name: 'RangeError', message: /`to` but received 5/ })
    await assert.rejects(model.interpolate(0, 1, 1), { name: 'RangeError', message: /`steps`/ })
    await assert.rejects(model.members(data, { cluster: 9 }), { name: 'RangeError', message: /`cluster`/ })
    await assert.rejects(new VaDE({ clusters: 2, loss: 'bernoulli', preset: 'graph', ...run }).fit(data), { name: 'RangeError', message: /0\.\.1/ })
    await assert.rejects(new VaDE({ clusters: 2, preset: 'graph', mutualInformation: 1, ...run }).fit(data), {
      name: 'RangeError',
      message: /^`mutualInformation` 1 compares two augmented views/
    })
    await assert.rejects(new VaDE({ clusters: 2, preset: 'paper', restarts: 2, ...run }).fit(data), { name: 'RangeError', message: /^`restarts` 2/ })
  })

  it('VAE raises its ELBO, samples and interpolates', async () => {
    const model = smallModels.vae()
    const { history } = await model.fit(data)
    assert.ok(history.at(-1)!.values.elbo! > history[0]!.values.elbo!)
    const elbo = await model.elbo(data)
    assert.equal(elbo.length, 600)
    const { samples, latents } = await model.sample({ count: 6 })
    assert.deepEqual(
      [samples.shape, latents.shape],
      [
        [6, 8],
        [6, 3]
      ]
    )
    const pair = { data: data.data.subarray(0, 16), shape: [2, 8] }
    const walk = await model.interpolate(pair, 4)
    const ends = await model.reconstruct(pair)
    assert.deepEqual([...walk.data.subarray(0, 8), ...walk.data.subarray(24)], [...ends.data])
    await assert.rejects(model.interpolate(data), { name: 'RangeError', message: 'Expected two items for `pair` but received 600' })
  })

  it('GaussianMixture finds the groups, scores, counts by BIC and samples', async () => {
    const model = new GaussianMixture({ device: 'cpu', threads: 1, clusters: 3 })
    const result = await model.fit(data, { labels: truth })
    assert.equal(result.metrics!.acc, 1)
    assert.ok(result.converged)
    assert.ok(Math.abs((await model.score(data)) - result.logLikelihood) < 1e-5)
    // -2 log L + p ln n, p = 2 + 2 · 3 · 8
    assert.ok(Math.abs((await model.bic(data)) - (-2 * 600 * result.logLikelihood + 50 * Math.log(600))) < 0.1)
    const { samples, labels } = await model.sample({ cluster: 0, count: 100 })
    assert.deepEqual(samples.shape, [100, 8])
    assert.deepEqual(await model.predict(samples), labels)
    const { weights, variances } = await model.mixture()
    assert.ok(weights.every(weight => Math.abs(weight - 1 / 3) < 1e-3))
    assert.ok(variances.data.every(variance => Math.abs(variance - 0.09) < 0.03))
    const probabilities = await model.predictProba(data)
    assert.deepEqual(probabilities.shape, [600, 3])
    await model.save(folder)
    assert.deepEqual(await (await GaussianMixture.load(folder)).predictProba(data), probabilities)
  })

  describe('the number of clusters', () => {
    it('is found by BIC and by held-out items; labels enter the metrics only', async () => {
      const options = { device: 'cpu', threads: 1, seed: 1 } as const
      const rows = await sweepClusters(GaussianMixture, options, data, { clusters: [2, 3, 4], labels: truth, heldOut: 0.2 })
      assert.deepEqual(
        rows.map(row => row.clusters),
        [2, 3, 4]
      )
      assert.equal(rows.reduce((best, row) => (row.bic < best.bic ? row : best)).clusters, 3)
      assert.ok(rows[1]!.heldOut > rows[0]!.heldOut)
      assert.equal(rows[1]!.metrics!.acc, 1)
      assert.equal(rows[1]!.metrics!.n, 480)
      const again = await sweepClusters(GaussianMixture, options, data, { clusters: [2, 3, 4], heldOut: 0.2 })
      assert.deepEqual(
        again.map(({ seconds: _, ...row }) => row),
        rows.map(({ seconds: _, metrics: __, ...row }) => row)
      )
    })

    it('refuses what is no sweep before anything is trained', async () => {
      await assert.rejects(sweepClusters(GaussianMixture, {}, data, { clusters: [] }), TypeError)
      await assert.rejects(sweepClusters(GaussianMixture, {}, data, { clusters: [2, 0] }), RangeError)
      await assert.rejects(sweepClusters(GaussianMixture, {}, data, { clusters: [2], heldOut: 1 }), { name: 'RangeError', message: /`heldOut`/ })
      await assert.rejects(sweepClusters(GaussianMixture, {}, data, { clusters: [2], labels: [1] }), { name: 'RangeError', message: /600 labels/ })
    })

    it('`train --clusters A..B` keeps each model and prints a table', async () => {
      const path = join(folder, 'points.npy')
      await writeNpy(path, data)
      const words = [
        'train',
        'vade',
        '--data',
        path,
        '--threads',
        '1',
        '--widths',
        '16',
        '--latent',
        '3',
        '--pretrain-epochs',
        '6',
        '--epochs',
        '2',
        '--out',
        join(folder, 'sweep')
      ]
      const ran = await runCommand([...words, '--clusters', '2..4', '--json'])
      assert.equal(ran.code, 0, ran.stderr)
      const { rows } = jsonOf(ran) as { rows: { clusters: number; heldOut: number; bic: number; out: string }[] }
      assert.deepEqual(
        rows.map(row => row.clusters),
        [2, 3, 4]
      )
      assert.ok(rows.every(row => Number.isFinite(row.heldOut) && Number.isFinite(row.bic)))
      const model = await VaDE.load(rows[1]!.out, run)
      assert.equal(model.options.clusters, 3)
      const table = await runCommand([...words, '--clusters=2..3', '--quiet'])
      assert.match(table.stdout, /^clusters +used +held out +BIC +seconds\n +2 .*\n +3 /)
      const wrong = await runCommand([...words, '--clusters', '4..2'])
      assert.equal(wrong.code, 2)
      assert.match(wrong.stderr, /range such as 5\.\.20/)
    })
  })

  it('`sample` writes what a model generates, and refuses a model that generates nothing', async () => {
    const [path, model, out] = [join(folder, 'points.npy'), join(folder, 'model'), join(folder, 'samples.npy')]
    await writeNpy(path, data)
    const trained = await runCommand(['train', 'gaussian-mixture', '--data', path, '--clusters', '3', '--threads', '1', '--out', model])
    assert.equal(trained.code, 0, trained.stderr)
    const ran = await runCommand(['sample', model, '--cluster', '1', '--count', '7', '--out', out, '--json'])
    assert.equal(ran.code, 0, ran.stderr)
    assert.deepEqual(jsonOf(ran).shape, [7, 8])
    assert.deepEqual((await readNpy(out)).shape, [7, 8])
    const csv = await runCommand(['sample', model, '--count', '4', '--out', '-'])
    assert.equal(csv.stdout.trim().split('\n').length, 4)
    assert.equal((await runCommand(['sample', model, '--cluster', '3', '--out', out])).code, 2)
    await runCommand(['train', 'kmeans', '--data', path, '--clusters', '3', '--threads', '1', '--out', join(folder, 'kmeans')])
    const none = await runCommand(['sample', join(folder, 'kmeans'), '--out', out])
    assert.equal(none.code, 2)
    assert.match(none.stderr, /generates nothing/)
  })
})
