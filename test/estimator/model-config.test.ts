import assert from 'node:assert/strict'
import { methodValues } from '../../src/estimator/method.js'
import { readConfig } from '../../src/estimator/model-config.js'
import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { DCN } from '../../src/methods/dcn.js'

const valid = {
  method: 'dcn',
  given: { clusters: 3 },
  options: { ...methodValues(DCN.method, 'plain', { clusters: 3 }), scaling: 'none' },
  preset: 'plain',
  n: 30,
  shape: [2],
  seed: 0,
  device: 'cpu',
  precision: 'float32',
  threads: 1,
  tf32: true,
  capture: true,
  finished: true,
  history: [{ phase: 'joint', epoch: 1, seconds: 0.1, values: { clustering: 2 } }],
  phases: [{ name: 'joint', epochs: 1, seconds: 0.1, samples: 30 }],
  warnings: [],
  restarts: [
    { seed: 0, criterion: 0.25 },
    { seed: 1, criterion: null }
  ]
}

describe('readConfig', () => {
  it('takes what save wrote', () => assert.deepEqual(readConfig(structuredClone(valid), DCN.method), valid))

  it('refuses another method', () => assert.throws(() => readConfig(valid, AutoEncoder.method), { code: 'ERR_FILE_FORMAT' }))

  it('refuses a config from which any entry is missing or of another type', () => {
    for (const name of Object.keys(valid)) {
      for (const value of [undefined, 'x'.repeat(9), -1, 1.5, [{}], { a: 1 }]) {
        const entry = (valid as Record<string, unknown>)[name]
        if (typeof entry === 'string' && typeof value === 'string' && name === 'device') continue
        assert.throws(() => readConfig({ ...valid, [name]: value }, DCN.method), { code: 'ERR_FILE_FORMAT' }, `${name}: ${JSON.stringify(value)}`)
      }
    }
  })

  it('refuses options that are not complete, not in range or not decided', () => {
    const { lambda: _, ...incomplete } = valid.options as Record<string, unknown>
    for (const options of [incomplete, { ...valid.options, lambda: -1 }, { ...valid.options, extra: 1 }, { ...valid.options, scaling: 'auto' }]) {
      assert.throws(() => readConfig({ ...valid, options }, DCN.method), { code: 'ERR_FILE_FORMAT', message: /`options`/ })
    }
  })

  it('refuses what is no config at all', () => {
    for (const config of [null, undefined, 3, 'dcn', [], { method: '__proto__' }])
      assert.throws(() => readConfig(config, DCN.method), { code: 'ERR_FILE_FORMAT' })
  })

  it('refuses shapes that no memory holds', () => {
    for (const shape of [[], [0], [2 ** 40, 2 ** 40], [1.5], ['2']])
      assert.throws(() => readConfig({ ...valid, shape }, DCN.method), { code: 'ERR_FILE_FORMAT' })
  })
})
