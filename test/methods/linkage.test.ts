/** Graph degree linkage on the real addon, alone and on the command line. */

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeNpy } from '../../src/data/index.js'
import { readNpy } from '../../src/data/npy.js'
import { GraphDegreeLinkage } from '../../src/methods/linkage.js'
import { evaluate } from '../../src/metrics/index.js'
import { jsonOf, runCommand } from '../cli/run-command.js'
import { blobs } from './blobs.js'

const { data, labels: truth } = blobs({ clusters: 4 })
const run = { device: 'cpu', threads: 1 } as const

describe('linkage natively', function () {
  this.timeout(60_000)
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('GraphDegreeLinkage finds separate clusters, and its labels are a cut of its tree', async () => {
    for (const update of ['exact', 'fast'] as const) {
      const { labels, tree, metrics, deadClusters } = await new GraphDegreeLinkage({ ...run, clusters: 4, update }).fit(data, { labels: truth })
      assert.equal(metrics!.acc, 1)
      assert.deepEqual(deadClusters, [])
      assert.deepEqual(tree.cut(4), labels)
      assert.equal(evaluate(truth, tree.cut(tree.firstClusters)).n, 600)
      assert.equal(new Set(tree.cut(20)).size, 20)
    }
  })

  it('GraphDegreeLinkage predicts the items that it was fitted on, also saved and loaded', async () => {
    const model = new GraphDegreeLinkage({ ...run, clusters: 4 })
    const { labels } = await model.fit(data)
    assert.deepEqual(await model.predict(data), labels)
    await model.save(folder)
    const loaded = await GraphDegreeLinkage.load(folder, run)
    assert.deepEqual(await loaded.predict(data), labels)
    assert.deepEqual((await loaded.predictProba(data)).shape, [600, 4])
  })

  it('GraphDegreeLinkage gives as many clusters as were asked for, however few the items', async () => {
    const items = [[0], [1], [10], [11]]
    for (const clusters of [1, 2, 3, 4]) {
      const { labels, sizes } = await new GraphDegreeLinkage({ ...run, clusters }).fit(items)
      assert.equal(new Set(labels).size, clusters)
      assert.equal(sizes.length, clusters)
    }
    await assert.rejects(new GraphDegreeLinkage({ ...run, clusters: 1 }).fit([[1]]), { name: 'RangeError', message: /at least 2 items/ })
  })

  it('`linkage` writes labels and the tree', async () => {
    const path = join(folder, 'points.npy')
    await writeNpy(path, data)
    const out = join(folder, 'linked')
    const ran = await runCommand(['linkage', '--data', path, '--clusters', '4', '--threads', '1', '--out', out, '--json'])
    assert.equal(ran.code, 0, ran.stderr)
    const report = jsonOf(ran)
    assert.deepEqual([report.n, report.clusters], [600, 4])
    const labels = (await readNpy(join(out, 'labels.npy'))).data as Int32Array
    assert.equal(evaluate(truth, labels).acc, 1)
    const tree = JSON.parse(await readFile(join(out, 'tree.json'), 'utf8')) as { merges: unknown[] }
    assert.equal(tree.merges.length, (report.firstClusters as number) - 1)
    assert.match(await readFile(join(out, 'tree.nwk'), 'utf8'), /^\(.*\)c\d+;\n$/)
  })
})
