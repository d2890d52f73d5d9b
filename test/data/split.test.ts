import assert from 'node:assert/strict'
import { split } from '../../src/data/index.js'

describe('split', () => {
  const dataset = { data: Uint8Array.from({ length: 60 }, (_, i) => Math.floor(i / 3)), shape: [20, 3] }

  it('parts the items: each is in one of both, in its order and whole', () => {
    const { kept, heldOut, keptItems } = split(dataset, 0.25, 7)
    assert.deepEqual(
      [kept.shape, heldOut.shape],
      [
        [15, 3],
        [5, 3]
      ]
    )
    const first = ({ data }: typeof kept): number[] => [...data].filter((_, i) => i % 3 === 0)
    assert.deepEqual(
      [...first(kept), ...first(heldOut)].sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, i) => i)
    )
    assert.deepEqual(first(kept), [...keptItems])
    assert.deepEqual(
      first(heldOut),
      first(heldOut).toSorted((a, b) => a - b)
    )
    assert.ok(kept.data instanceof Uint8Array)
  })

  it('repeats by its seed, and holds out at least one item, never all', () => {
    assert.deepEqual(split(dataset, 0.25, 7), split(dataset, 0.25, 7))
    assert.notDeepEqual(split(dataset, 0.25, 7).keptItems, split(dataset, 0.25, 8).keptItems)
    assert.deepEqual([split(dataset, 0.001, 0).heldOut.shape[0], split(dataset, 0.999, 0).kept.shape[0]], [1, 1])
  })
})
