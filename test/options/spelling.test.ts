import assert from 'node:assert/strict'
import { closest, editDistance, suggestion } from '../../src/options/spelling.js'

describe('editDistance', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['', '', 0],
    ['', 'abc', 3],
    ['clusters', 'clusters', 0],
    ['clustres', 'clusters', 1],
    ['cluster', 'clusters', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3]
  ]
  for (const [a, b, distance] of cases) {
    it(`is ${distance} between "${a}" and "${b}", both ways`, () => {
      assert.equal(editDistance(a, b), distance)
      assert.equal(editDistance(b, a), distance)
    })
  }
})

describe('closest', () => {
  const names = ['clusters', 'batchSize', 'lambda', 'seed']
  it('finds the name one swap away', () => assert.equal(closest('clustres', names), 'clusters'))
  it('ignores case', () => assert.equal(closest('batchsize', names), 'batchSize'))
  it('finds nothing for a word that is like none', () => assert.equal(closest('temperature', names), undefined))
  it('lists what there is when nothing is near', () => assert.equal(suggestion('x', ['abc', 'def']), '; there is `abc`, `def`'))
})
