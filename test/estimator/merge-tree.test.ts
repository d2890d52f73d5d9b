import assert from 'node:assert/strict'
import { MergeTree } from '../../src/estimator/merge-tree.js'

/** Items 0 and 2 are cluster 0, item 1 is 1, item 3 is 2; 1 and 2 become 3, that and 0 become 4. */
const tree = new MergeTree(Int32Array.of(0, 1, 0, 2), Int32Array.of(1, 2, 0, 3), Float64Array.of(0.5, 0.25))

describe('MergeTree', () => {
  it('is cut at every number of clusters, numbered by their first items', () => {
    assert.equal(tree.firstClusters, 3)
    assert.deepEqual([...tree.cut(3)], [0, 1, 0, 2])
    assert.deepEqual([...tree.cut(2)], [0, 1, 0, 1])
    assert.deepEqual([...tree.cut(1)], [0, 0, 0, 0])
  })

  it('refuses a cut that it has not', () => {
    for (const clusters of [0, 4, 1.5])
      assert.throws(() => tree.cut(clusters), {
        name: 'RangeError',
        message: `Expected an integer from 1 to 3 for \`clusters\` but received ${clusters}`
      })
    assert.throws(() => tree.cut('2' as never), TypeError)
  })

  it('is written as Newick and as JSON', () => {
    assert.equal(tree.toNewick(), '((0,2)c0,((1)c1,(3)c2)c3)c4;')
    assert.deepEqual(JSON.parse(JSON.stringify(tree)), {
      n: 4,
      start: [0, 1, 0, 2],
      merges: [
        { a: 1, b: 2, affinity: 0.5, size: 2 },
        { a: 0, b: 3, affinity: 0.25, size: 4 }
      ]
    })
  })

  it('of many merges in a row is written without deep recursion', () => {
    const n = 50_000
    const merges = Int32Array.from({ length: 2 * (n - 1) }, (_, i) => (i % 2 === 0 ? (i / 2 === 0 ? 0 : n + i / 2 - 1) : (i + 1) / 2))
    const chain = new MergeTree(
      Int32Array.from({ length: n }, (_, i) => i),
      merges,
      new Float64Array(n - 1)
    )
    assert.equal(chain.toNewick().match(/\(/g)!.length, 2 * n - 1)
    assert.equal(new Set(chain.cut(n - 1)).size, n - 1)
    assert.deepEqual([...new Set(chain.cut(1))], [0])
  })
})
