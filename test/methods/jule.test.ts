/** JULE on the real addon. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JULE } from '../../src/methods/jule.js'
import { blobs } from './blobs.js'

const { data, labels: truth } = blobs({ n: 300, clusters: 4 })
const small = { device: 'cpu', threads: 1, clusters: 4, epochs: 3, batchSize: 50, widths: [32], dimensions: 8, eta: 0.7, neighbours: 10 } as const

/** Bars of random length in one of two directions, 10 x 10 bytes. */
function bars(n: number): { data: Uint8Array; shape: [number, number, number] } {
  const pixels = new Uint8Array(n * 100)
  for (let i = 0; i < n; i++) {
    for (let step = 0; step < 6 + (i % 3); step++) {
      const [row, column] = i % 2 === 0 ? [4 + ((i >> 1) % 2), step + 1] : [step + 1, 4 + ((i >> 1) % 2)]
      pixels[i * 100 + row * 10 + column] = 120 + ((i * 37 + step * 11) % 130)
    }
  }
  return { data: pixels, shape: [n, 10, 10] }
}

describe('JULE natively', function () {
  this.timeout(60_000)

  it('finds known clusters, and tells the course from many to few', async () => {
    const result = await new JULE(small).fit(data, { labels: truth })
    assert.equal(result.metrics!.acc, 1)
    assert.equal(result.preset, 'grouped')
    const course = result.partitions.map(labels => new Set(labels).size)
    assert.ok(course.length > 2 && course[0]! > 40)
    assert.equal(course.at(-1), 4)
    assert.deepEqual(
      course,
      [...course].sort((a, b) => b - a)
    )
    assert.deepEqual(result.partitions.at(-1), result.joint)
    const periods = course.slice(1).flatMap((_, period) => [`period ${period + 1}`, `merge ${period + 1}`])
    assert.deepEqual(
      result.phases.map(({ name }) => name),
      ['clusters', ...periods, 'read-out']
    )
    const merges = result.history.filter(({ phase }) => phase.startsWith('merge'))
    assert.deepEqual(
      merges.map(({ values }) => values.clusters),
      course.slice(1)
    )
    assert.ok(result.history.some(({ phase, values }) => phase === 'period 1' && values.triplet! > 0))
  })

  it('gives the labels of the joint process where it is not to cluster again', async () => {
    const { labels, joint } = await new JULE({ ...small, recluster: false }).fit(data)
    assert.deepEqual(labels, joint)
  })

  it('repeats by seed, saves, loads, and predicts what it was fitted on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
    try {
      const images = bars(160)
      const options = { ...small, clusters: 2, maps: 4, precision: 'float32', seed: 3 } as const
      const model = new JULE(options)
      const { labels, options: used } = await model.fit(images)
      assert.equal(used.scaling, 'unit')
      assert.deepEqual((await new JULE(options).fit(images)).labels, labels)
      assert.deepEqual(await model.predict(images), labels)
      const { data: embedding, shape } = await model.transform(images)
      assert.deepEqual(shape, [160, 8])
      assert.ok(Math.abs(Math.hypot(...embedding.subarray(0, 8)) - 1) < 1e-5)
      await model.save(folder)
      const loaded = await JULE.load(folder, { device: 'cpu', threads: 1 })
      assert.deepEqual(await loaded.predict(images), labels)
      assert.deepEqual((await loaded.predictProba(images)).shape, [160, 2])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('refuses augmentation of vectors', async () => {
    await assert.rejects(new JULE({ ...small, rotation: 10 }).fit(data), { name: 'RangeError', message: /augmentation needs images/ })
  })
})
