/** Neighbour graphs and spectral clustering on the real addon, and DCN's start from them. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeNpy } from '../../src/data/index.js'
import { readNpy } from '../../src/data/npy.js'
import { DCN } from '../../src/methods/dcn.js'
import { KnnGraph } from '../../src/methods/knn-graph.js'
import { SpectralClustering } from '../../src/methods/spectral.js'
import { runCommand } from '../cli/run-command.js'
import { blobs } from './blobs.js'

const { data, labels: truth } = blobs()
const run = { device: 'cpu', threads: 1 } as const

/** Two rings about one centre, in turn. */
function rings(n: number): { data: { data: Float32Array; shape: [number, number] }; labels: Int32Array } {
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2)
  const points = new Float32Array(2 * n)
  for (let i = 0; i < n; i++) {
    const angle = i * 2.399963 // the golden angle
    const radius = 1 + 2 * labels[i]! + 0.05 * Math.sin(i * 7.3)
    points.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i)
  }
  return { data: { data: points, shape: [n, 2] }, labels }
}

describe('graphs natively', function () {
  this.timeout(60_000)
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('KnnGraph finds what a double loop finds, whatever the precision of the candidates', async () => {
    const [n, d] = data.shape as [number, number]
    const distance = (i: number, j: number): number =>
      Math.hypot(...Array.from({ length: d }, (_, c) => data.data[i * d + c]! - data.data[j * d + c]!))
    for (const precision of ['float32', 'bfloat16'] as const) {
      const { neighbours, distances } = await new KnnGraph({ ...run, neighbours: 5, precision }).fit(data)
      assert.deepEqual(neighbours.shape, [n, 5])
      for (const i of [0, 17, n - 1]) {
        const nearest = Array.from({ length: n }, (_, j) => j)
          .filter(j => j !== i)
          .sort((a, b) => distance(i, a) - distance(i, b))
          .slice(0, 5)
        assert.deepEqual([...neighbours.data.subarray(i * 5, i * 5 + 5)], nearest)
        assert.ok(Math.abs(distances.data[i * 5]! - distance(i, nearest[0]!)) < 1e-4)
      }
    }
  })

  it('KnnGraph says which search it took and its recall; the approximate one repeats for any number of threads', async () => {
    const { data: many } = blobs({ n: 9000, features: 12 })
    const exact = await new KnnGraph({ ...run, neighbours: 10 }).fit(many)
    assert.deepEqual([exact.search, exact.recall, exact.options['search']], ['exact', 1, 'auto'])
    const near = await new KnnGraph({ ...run, neighbours: 10, search: 'approximate' }).fit(many)
    assert.equal(near.search, 'approximate')
    assert.ok(near.recall > 0.95 && near.recall <= 1)
    const wanted = exact.distances.data.reduce((sum, distance) => sum + distance, 0)
    const found = near.distances.data.reduce((sum, distance) => sum + distance, 0)
    assert.ok(found >= wanted * (1 - 1e-6) && found < wanted * 1.01)
    const again = await new KnnGraph({ ...run, threads: 2, neighbours: 10, search: 'approximate' }).fit(many)
    assert.deepEqual(again.neighbours, near.neighbours)
    assert.equal(again.recall, near.recall)
  })

  it('KnnGraph stops where it is asked to, whatever the search', async () => {
    const { data: many } = blobs({ n: 60_000, features: 12 })
    for (const search of ['exact', 'approximate'] as const) {
      const controller = new AbortController()
      const fitting = new KnnGraph({ ...run, search }).fit(many, { signal: controller.signal })
      setTimeout(() => controller.abort(), 50)
      await assert.rejects(fitting, { name: 'AbortError' })
    }
  })

  it('KnnGraph caps norms where it is asked to', async () => {
    const { distances } = await new KnnGraph({ ...run, neighbours: 1, capNorms: true }).fit([
      [3, 4],
      [6, 8],
      [0.3, 0.4]
    ])
    assert.ok(distances.data[0]! < 1e-6 && Math.abs(distances.data[2]! - 0.5) < 1e-6)
  })

  it('SpectralClustering tells two rings apart, repeats, and predicts the items that it was fitted on', async () => {
    const { data: points, labels } = rings(600)
    const model = new SpectralClustering({ ...run, clusters: 2 })
    const result = await model.fit(points, { labels })
    assert.equal(result.metrics!.acc, 1)
    assert.ok(result.normalisedCut < 0.01)
    assert.deepEqual(result.embedding.shape[0], 600)
    assert.ok(Math.abs(result.eigenvalues[0]! - 1) < 1e-5)
    assert.deepEqual(await model.predict(points), result.labels)
    assert.deepEqual((await new SpectralClustering({ ...run, clusters: 2 }).fit(points)).labels, result.labels)
    await model.save(folder)
    const loaded = await SpectralClustering.load(folder, run)
    assert.deepEqual(
      await loaded.predict([
        [1.02, 0],
        [0, 3.02]
      ]),
      await model.predict([
        [1.02, 0],
        [0, 3.02]
      ])
    )
  })

  it('SpectralClustering suggests the number of clusters', async () => {
    const result = await new SpectralClustering({ ...run, clusters: 3 }).fit(data, { labels: truth })
    assert.equal(result.metrics!.acc, 1)
    assert.deepEqual([result.suggestedClusters, result.components, result.attached], [3, 3, 0])
  })

  it('SpectralClustering warns when no labelling keeps to the balance that was asked for', async () => {
    const { warnings } = await new SpectralClustering({ ...run, clusters: 2, balance: 1 }).fit(data)
    assert.match(warnings.join(), /`balance`/)
  })

  it('DCN on vectors starts from the graph, and the history holds the normalised cut of each', async () => {
    const model = new DCN({ ...run, clusters: 3, widths: [64], latent: 3, batchSize: 64, pretrainEpochs: 12, epochs: 2 })
    const result = await model.fit(data, { labels: truth })
    assert.equal(result.preset, 'graph')
    assert.ok(result.metrics!.acc > 0.99)
    assert.deepEqual(
      result.phases.map(({ name }) => name),
      ['pretrain', 'graph 1', 'refine 1', 'graph', 'joint', 'read-out']
    )
    const cuts = result.history.filter(({ phase }) => phase.startsWith('graph')).map(({ values }) => values.normalisedCut!)
    assert.equal(cuts.length, 2)
    assert.ok(cuts.every(cut => cut >= 0 && cut < 0.2))
  })

  it('rounds without the graph are refused', () => {
    assert.throws(
      () => new DCN({ clusters: 3, preset: 'plain', rounds: 2 }),
      /Expected 'graph' or 'linkage' \(`rounds` is above 0\) for `start` but received "kmeans"/
    )
  })

  it('`graph` writes neighbours and distances', async () => {
    const path = join(folder, 'points.npy')
    await writeNpy(path, data)
    const { code, stdout } = await runCommand([
      'graph',
      '--data',
      path,
      '--neighbours',
      '4',
      '--threads',
      '1',
      '--out',
      join(folder, 'graph'),
      '--json'
    ])
    assert.equal(code, 0)
    assert.equal(JSON.parse(stdout).neighbours, 4)
    assert.deepEqual([JSON.parse(stdout).search, JSON.parse(stdout).recall], ['exact', 1])
    assert.deepEqual((await readNpy(join(folder, 'graph', 'neighbours.npy'))).shape, [600, 4])
    assert.deepEqual((await readNpy(join(folder, 'graph', 'distances.npy'))).shape, [600, 4])
  })
})
