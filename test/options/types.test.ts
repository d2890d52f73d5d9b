/** The compiler is the test here: `tsc` fails if one of the marked lines compiles. */

import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { FitEvent, FitResult } from '../../src/estimator/types.js'
import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { DCN, type DCNOptions, type DCNResult } from '../../src/methods/dcn.js'
import { GAN } from '../../src/methods/gan.js'
import { type AnyModel, canExport, canPredict, canSample, loadModel } from '../../src/methods/index.js'
import { KMeans } from '../../src/methods/kmeans.js'
import { KnnGraph } from '../../src/methods/knn-graph.js'
import { packageRoot } from '../../src/native/build-info.js'

describe('types of options', () => {
  it('are derived from the tables', () => {
    const options: DCNOptions = {
      clusters: 10,
      widths: [64, 32],
      pretrainOptimizer: 'sgd',
      reencode: false,
      preset: 'paper',
      device: 'cuda:1',
      seed: 3
    }
    assert.deepEqual(new DCN(options).options, options)
    new AutoEncoder()
    new KMeans({ clusters: 3, initialisation: 'random' })
  })

  it('refuse wrong names, types, choices and missing options before the program runs', () => {
    // @ts-expect-error a misspelt name
    assert.throws(() => new KMeans({ clusters: 3, restart: 2 }), TypeError)
    // @ts-expect-error a wrong type
    assert.throws(() => new KMeans({ clusters: '3' }), TypeError)
    // @ts-expect-error an unknown choice
    assert.throws(() => new DCN({ clusters: 3, pretrainOptimizer: 'rmsprop' }), RangeError)
    // @ts-expect-error an unknown preset
    assert.throws(() => new DCN({ clusters: 3, preset: 'papers' }), RangeError)
    // @ts-expect-error clusters is required
    assert.throws(() => new DCN({}), TypeError)
    // @ts-expect-error k-means trains no network, so it has no precision
    assert.throws(() => new KMeans({ clusters: 3, precision: 'bfloat16' }), TypeError)
  })
})

describe('types of results and events', () => {
  it('are those of the method: its options, presets and phases', () => {
    const told = (result: DCNResult): readonly unknown[] => {
      // @ts-expect-error a preset that DCN does not have
      const wrongPreset = result.preset === 'invariant'
      // @ts-expect-error a misspelt phase
      const wrongPhase = result.history.some(({ phase }) => phase === 'pretrian')
      // @ts-expect-error an option that DCN does not have
      const missing = result.options.alpha
      const { method, preset, options } = result
      const name: 'dcn' = method
      const lambda: number = options.lambda
      return [wrongPreset, wrongPhase, missing, name, preset, lambda, result.phases.some(phase => phase.name === 'graph 2')]
    }
    assert.equal(typeof told, 'function')
    const shown = (event: FitEvent<DCNResult>): boolean => {
      if (event.type !== 'epoch') return false
      // @ts-expect-error a misspelt phase
      return event.phase === 'pretrian' || event.phase === 'joint'
    }
    assert.equal(shown({ type: 'warning', message: '' }), false)
    // What holds for any method takes the result of each.
    const any: (result: FitResult) => string = ({ preset, phases }) => `${preset} ${phases.length}`
    const given: (result: DCNResult) => string = any
    assert.equal(given, any)
  })

  it('of a loaded model are a union that its guards narrow, or of the method that is named', () => {
    const use = async (model: AnyModel): Promise<void> => {
      // @ts-expect-error not every model has clusters
      model.predict
      if (canPredict(model)) await model.predict([[1]])
      if (canSample(model)) await model.sample({ count: 2 })
    }
    const vade = async (): Promise<ArrayLike<number>> => (await (await loadModel('x', { method: 'vade' })).mixture()).means.data
    const dcn = async (): Promise<DCN> => loadModel<'dcn'>('x')
    for (const never of [use, vade, dcn]) assert.equal(typeof never, 'function')
    const models = [new DCN({ clusters: 2 }), new AutoEncoder(), new GAN(), new KMeans({ clusters: 2 }), new KnnGraph()]
    assert.deepEqual(
      models.map(model => [canPredict(model), canSample(model), canExport(model)]),
      [
        [true, false, true],
        [false, false, true],
        [false, true, true],
        [true, false, true],
        [false, false, false]
      ]
    )
  })
})

describe('declarations', () => {
  it('of a method are under 5 kB', () => {
    const folder = join(packageRoot, 'dist', 'src', 'methods')
    for (const name of readdirSync(folder).filter(name => name.endsWith('.d.ts'))) {
      const { size } = statSync(join(folder, name))
      assert.ok(size < 5000, `${name}: ${size}`)
    }
  })
})
