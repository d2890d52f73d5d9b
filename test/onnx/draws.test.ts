/** Draws of a generator's inputs without the addon. */

import assert from 'node:assert/strict'
import { drawn, readDraws, sideBySide, uniforms } from '../../src/onnx/draws.js'

const moments = (values: Float32Array): [number, number] => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length]
}

const near = (actual: number, wanted: number, tolerance: number): void => assert.ok(Math.abs(actual - wanted) < tolerance, `${actual}, not ${wanted}`)

describe('draws of a generator’s inputs', () => {
  it('are of the distribution that the file names, and repeat by seed', () => {
    const [mean, variance] = moments(drawn({ name: 'noise', kind: 'uniform', size: 50 }, 400, uniforms(1)))
    near(mean, 0, 0.02)
    near(variance, 1 / 3, 0.02)
    const [gaussianMean, gaussianVariance] = moments(drawn({ name: 'noise', kind: 'gaussian', size: 50 }, 400, uniforms(1)))
    near(gaussianMean, 0, 0.03)
    near(gaussianVariance, 1, 0.04)
    const categories = drawn({ name: 'c1', kind: 'categorical', size: 3, weights: [1, 0, 3] }, 4000, uniforms(2))
    const shares = [0, 1, 2].map(category => categories.filter((value, i) => i % 3 === category && value === 1).length / 4000)
    near(shares[0]!, 0.25, 0.03)
    assert.equal(shares[1], 0)
    near(shares[0]! + shares[2]!, 1, 1e-9)
    assert.deepEqual(
      drawn({ name: 'noise', kind: 'uniform', size: 5 }, 4, uniforms(7)),
      drawn({ name: 'noise', kind: 'uniform', size: 5 }, 4, uniforms(7))
    )
    assert.notDeepEqual(
      drawn({ name: 'noise', kind: 'uniform', size: 5 }, 4, uniforms(7)),
      drawn({ name: 'noise', kind: 'uniform', size: 5 }, 4, uniforms(8))
    )
  })

  it('a value that is given takes the place of drawn ones', () => {
    assert.deepEqual(drawn({ name: 'c1', kind: 'categorical', size: 3 }, 2, uniforms(0), 1), Float32Array.of(0, 1, 0, 0, 1, 0))
    assert.deepEqual(drawn({ name: 'c2', kind: 'uniform', size: 1 }, 2, uniforms(0), -1.5), Float32Array.of(-1.5, -1.5))
    assert.throws(() => drawn({ name: 'c1', kind: 'categorical', size: 3 }, 2, uniforms(0), 3), {
      name: 'RangeError',
      message: 'Expected an integer from 0 to 2 for `codes.c1` but received 3'
    })
  })

  it('what metadata say is taken only where it fits the inputs', () => {
    const inputs = new Map([
      ['noise', 2],
      ['c1', 3]
    ])
    const right = [
      { name: 'noise', kind: 'uniform', size: 2 },
      { name: 'c1', kind: 'categorical', size: 3 }
    ]
    assert.deepEqual(readDraws(JSON.stringify(right), inputs), right)
    const wrong = [
      undefined,
      '',
      '{',
      'null',
      '[]',
      '[null, 1]',
      [right[0], right[0]],
      [right[0]],
      [right[0], { ...right[1], size: 4 }],
      [right[0], { ...right[1], kind: 'beta' }],
      [right[0], { ...right[1], weights: [1, 1] }],
      [right[0], { ...right[1], weights: [1, 1, '1'] }]
    ]
    for (const text of wrong) assert.equal(readDraws(typeof text === 'object' ? JSON.stringify(text) : text, inputs), undefined, String(text))
  })

  it('rows go side by side', () => {
    assert.deepEqual(sideBySide([Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6)], 2), Float32Array.of(1, 2, 5, 3, 4, 6))
  })
})
