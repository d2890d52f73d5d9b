import assert from 'node:assert/strict'
import { maximalAssignment } from '../../src/metrics/assignment.js'
import { accuracy, ari, confusionMatrix, evaluate, nmi } from '../../src/metrics/index.js'
import { atOnce } from '../../src/metrics/steps.js'

const close = (actual: number, wanted: number): void => assert.ok(Math.abs(actual - wanted) < 1e-6, `${actual} is not ${wanted}`)

/** A small seeded generator (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function* permutations(items: readonly number[]): Generator<number[]> {
  if (items.length === 0) yield []
  for (const [i, item] of items.entries()) for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [item, ...rest]
}

describe('metrics', () => {
  // Worked out by hand, and equal to scikit-learn's.
  const known = [
    { labels: [0, 0, 0, 1, 1, 2], clusters: [1, 1, 0, 0, 0, 2], acc: 5 / 6, geometric: 0.6853315, arithmetic: 0.6853315, ari: 0.3181818 },
    { labels: [0, 0, 0, 0, 1, 1], clusters: [0, 0, 0, 1, 1, 1], acc: 5 / 6, geometric: 0.4791388, arithmetic: 0.478704, ari: 0.3243243 }
  ]
  for (const { labels, clusters, acc, geometric, arithmetic, ari: rand } of known) {
    it(`fixed values of ${clusters.join('')} against ${labels.join('')}`, () => {
      close(accuracy(labels, clusters), acc)
      close(nmi(labels, clusters, { average: 'geometric' }), geometric)
      close(nmi(labels, clusters), arithmetic)
      close(ari(labels, clusters), rand)
    })
  }

  it('evaluate gives all of them', () => {
    const { labels, clusters } = known[1]!
    assert.deepEqual(evaluate(labels, clusters), {
      n: 6,
      clusters: 2,
      acc: accuracy(labels, clusters),
      nmi: nmi(labels, clusters),
      nmiGeometric: nmi(labels, clusters, { average: 'geometric' }),
      ari: ari(labels, clusters)
    })
  })

  it('accuracy is the best over all permutations', () => {
    const draw = random(1)
    for (let trial = 0; trial < 40; ++trial) {
      const k = 2 + Math.floor(draw() * 4)
      const labels = Array.from({ length: 60 }, () => Math.floor(draw() * k))
      const clusters = labels.map(label => (draw() < 0.5 ? label : Math.floor(draw() * k)))
      let best = 0
      for (const name of permutations([...Array(k).keys()]))
        best = Math.max(best, clusters.filter((cluster, i) => name[cluster] === labels[i]).length)
      close(accuracy(labels, clusters), best / 60)
    }
  })

  it('the assignment uses every column once and beats swaps, at size 300', () => {
    const draw = random(2)
    const size = 300
    const weights = Float64Array.from({ length: size * size }, () => Math.floor(draw() * 1000))
    const columns = atOnce(maximalAssignment(weights, size))
    assert.equal(new Set(columns).size, size)
    for (let i = 0; i < size; ++i) {
      for (let j = 0; j < i; ++j) {
        const now = weights[i * size + columns[i]!]! + weights[j * size + columns[j]!]!
        const swapped = weights[i * size + columns[j]!]! + weights[j * size + columns[i]!]!
        assert.ok(now >= swapped)
      }
    }
  })

  it('renaming either side changes nothing; negative and sparse values are fine', () => {
    const draw = random(3)
    const labels = Array.from({ length: 500 }, () => Math.floor(draw() * 5))
    const clusters = labels.map(label => (draw() < 0.7 ? label : Math.floor(draw() * 7)))
    const renamed = Int32Array.from(clusters, cluster => [-1000000000, 7, 3, 2000000000, -5, 0, 12][cluster]!)
    const { acc, nmi: information, ari: rand } = evaluate(labels, clusters)
    const other = evaluate(labels, renamed)
    close(other.acc, acc)
    close(other.nmi, information)
    close(other.ari, rand)
  })

  it('perfect, single, and all different', () => {
    assert.deepEqual(evaluate([3, 3, 8], [0, 0, 1]), { n: 3, clusters: 2, acc: 1, nmi: 1, nmiGeometric: 1, ari: 1 })
    assert.deepEqual(evaluate([0, 0, 0], [5, 5, 5]), { n: 3, clusters: 1, acc: 1, nmi: 1, nmiGeometric: 1, ari: 1 })
    assert.deepEqual(evaluate([0, 0, 1, 1], [5, 5, 5, 5]), { n: 4, clusters: 1, acc: 0.5, nmi: 0, nmiGeometric: 0, ari: 0 })
    close(accuracy([0, 0, 1, 1], [0, 1, 2, 3]), 0.5)
    assert.deepEqual(evaluate([7], [9]), { n: 1, clusters: 1, acc: 1, nmi: 1, nmiGeometric: 1, ari: 1 })
  })

  it('the confusion matrix has labels as rows and clusters as columns', () => {
    const matrix = confusionMatrix([2, 2, 9], Uint8Array.of(1, 0, 1))
    assert.deepEqual([...matrix.counts], [1, 1, 0, 1])
    assert.deepEqual(matrix.labels, [2, 9])
    assert.deepEqual(matrix.clusters, [0, 1])
  })

  it('a million labels in a thousand clusters', () => {
    const draw = random(4)
    const labels = Int32Array.from({ length: 1_000_000 }, () => Math.floor(draw() * 1000))
    const clusters = labels.map(label => (label + 1) % 1000)
    assert.equal(accuracy(labels, clusters), 1)
  })

  it('says what is wrong with bad labels', () => {
    assert.throws(() => accuracy([], []), { name: 'RangeError', message: 'Expected at least one entry for `labels` but received 0' })
    assert.throws(() => accuracy([1, 2], [1]), {
      name: 'RangeError',
      message: 'Expected as many entries as `labels` has (2) for `clusters` but received 1'
    })
    assert.throws(() => accuracy([1, 0.5], [1, 1]), { name: 'TypeError', message: 'Expected integers for `labels[1]` but received 0.5' })
    assert.throws(() => accuracy('12' as never, [1, 1]), TypeError)
    assert.throws(() => nmi([1], [1], { average: 'max' as never }), {
      message: "Expected 'arithmetic' or 'geometric' for `average` but received \"max\""
    })
  })
})
