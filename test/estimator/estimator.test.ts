import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FitEvent } from '../../src/estimator/types.js'
import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { DCN } from '../../src/methods/dcn.js'
import { loadModel } from '../../src/methods/index.js'
import { KMeans } from '../../src/methods/kmeans.js'
import { cpuOnly, FakeModel, idleGpu, nativeFailure, useFakeAddon } from './fake-addon.js'

const data = { data: new Float32Array(60), shape: [30, 2] }
const truth = Int32Array.from({ length: 30 }, (_, item) => item % 3)
const made = (): FakeModel => FakeModel.made.at(-1)!

describe('Estimator', () => {
  const report = { current: cpuOnly }
  useFakeAddon(report)
  let folder: string
  beforeEach(async () => {
    report.current = cpuOnly
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  describe('fit', () => {
    it('resolves with the record of the run', async () => {
      const result = await new KMeans({ clusters: 3, seed: 5, threads: 2 }).fit(data)
      assert.equal(result.labels.length, 30)
      assert.deepEqual(result.sizes, [10, 10, 10])
      assert.equal(result.inertia, 7)
      assert.deepEqual(
        [result.method, result.n, result.shape, result.seed, result.device, result.precision],
        ['kmeans', 30, [2], 5, 'cpu', 'float32']
      )
      assert.deepEqual(result.phases, [{ name: 'joint', epochs: 3, seconds: 1.5, samplesPerSecond: 60 }])
      assert.deepEqual(
        result.history.map(({ epoch, values }) => [epoch, values.reconstruction]),
        [
          [1, 1],
          [2, 1 / 2],
          [3, 1 / 3]
        ]
      )
      assert.equal(made().spec.threads, 2)
      assert.equal('metrics' in result, false)
    })

    it('hands over a copy of the data; of shared memory, which nobody can take away, none', async () => {
      await new KMeans({ clusters: 3 }).fit(data)
      assert.notEqual(made().fits[0]!.data.buffer, data.data.buffer)
      assert.deepEqual(made().fits[0]!.data, data.data)
      const shared = { data: new Float32Array(new SharedArrayBuffer(data.data.byteLength)), shape: data.shape }
      shared.data.set(data.data)
      const model = new KMeans({ clusters: 3 })
      await model.fit(shared)
      assert.equal(FakeModel.made.at(-1)!.fits[0]!.data, shared.data)
    })

    it("warns once where `device: 'auto'` takes the CPU although there is a GPU, also in a resumed run of a loaded model", async () => {
      const idle = /^`device: 'auto'` takes the CPU: this machine has 1 GPU\(s\).*Build it with `npm run build -- --cuda`$/
      /** How many such warnings come as events, and how many the record of the run has. */
      const warned = async (model: KMeans, resume: boolean): Promise<readonly number[]> => {
        const events: FitEvent[] = []
        const { device, warnings } = await model.fit(data, { resume, onProgress: event => events.push(event) })
        assert.equal(device, 'cpu')
        return [events.filter(event => event.type === 'warning' && idle.test(event.message)).length, warnings.filter(text => idle.test(text)).length]
      }
      const model = new KMeans({ clusters: 3 })
      await model.fit(data)
      await model.save(folder)
      report.current = idleGpu
      assert.deepEqual(await warned(await KMeans.load(folder), true), [1, 1])
      assert.deepEqual(await warned(await KMeans.load(folder, { device: 'cpu' }), true), [0, 0])
      assert.deepEqual(await warned(new KMeans({ clusters: 3, device: 'cpu' }), false), [0, 0])
      assert.deepEqual(await warned(model, false), [1, 1])
      await model.save(folder)
      assert.deepEqual(await warned(await KMeans.load(folder), true), [0, 1])
    })

    it('scores the final labels when labels are given, which never reach the native code', async () => {
      for (const labels of [truth, [...truth]]) {
        const { metrics } = await new DCN({ clusters: 3 }).fit(data, { labels })
        assert.deepEqual([metrics!.acc, metrics!.nmi, metrics!.ari], [1, 1, 1])
        assert.ok(made().fits.every(({ data: sent }) => sent !== labels))
        assert.equal(JSON.stringify(made().spec).includes('labels'), false)
      }
    })

    it('refuses labels that do not fit, before it trains', async () => {
      await assert.rejects(new KMeans({ clusters: 3 }).fit(data, { labels: [1, 2] }), {
        name: 'RangeError',
        message: 'Expected 30 labels (one per item) for `labels` but received 2'
      })
      await assert.rejects(new KMeans({ clusters: 3 }).fit(data, { labels: [...truth].map(x => x + 0.5) }), TypeError)
      await assert.rejects(new AutoEncoder().fit(data, { labels: truth }), { name: 'TypeError', message: /Unknown option `labels`/ })
      assert.equal(FakeModel.made.length, 0)
    })

    it('reports dead clusters', async () => {
      FakeModel.dead = [1]
      const events: FitEvent[] = []
      const result = await new DCN({ clusters: 3 }).fit(data, { onProgress: event => events.push(event) })
      assert.deepEqual(result.deadClusters, [1])
      assert.deepEqual(result.sizes, [15, 0, 15])
      assert.match(result.warnings[0]!, /^1 of 3 clusters hold no item \(cluster 1\)/)
      assert.equal(events.filter(event => event.type === 'warning').length, 1)
    })

    it('warns once of a precision that the device only emulates', async () => {
      const events: FitEvent[] = []
      const result = await new DCN({ clusters: 3, precision: 'bfloat16' }).fit(data, { onProgress: event => events.push(event) })
      assert.equal(result.precision, 'bfloat16')
      assert.match(result.warnings.join(), /^The device `cpu` is no faster with `precision: 'bfloat16'`/)
      assert.deepEqual(
        events.slice(0, 2).map(event => event.type),
        ['start', 'warning']
      )
      assert.equal(events.filter(event => event.type === 'warning').length, 1)
    })

    it('corrects misspelt options and refuses wrong ones', async () => {
      const model = new KMeans({ clusters: 3 })
      const wrong: readonly (readonly [object, RegExp])[] = [
        [{ onprogress: () => {} }, /Unknown option `onprogress`: did you mean `onProgress`/],
        [{ signal: {} }, /an AbortSignal for `signal`/],
        [{ onProgress: 3 }, /a function for `onProgress`/],
        [{ resume: 1 }, /true or false for `resume`/],
        [{ checkpoint: 3 }, /an object/],
        [{ checkpoint: { path: '' } }, /the path of a folder for `checkpoint`/],
        [{ checkpoint: { path: 'a', second: 3 } }, /did you mean `seconds`/]
      ]
      for (const [options, message] of wrong) await assert.rejects(model.fit(data, options), { name: 'TypeError', message })
      await assert.rejects(model.fit(data, { checkpoint: { path: 'a', seconds: -1 } }), RangeError)
    })

    it('refuses a second fit, and everything else but save, while one runs', async () => {
      const model = new KMeans({ clusters: 3 })
      const first = model.fit(data)
      await assert.rejects(model.fit(data), { code: 'ERR_BUSY' })
      await assert.rejects(model.predict(data), { code: 'ERR_BUSY' })
      await first
      await model.predict(data)
    })

    it('forgets the first fit in a second one', async () => {
      const model = new KMeans({ clusters: 3 })
      await model.fit(data)
      const [first] = FakeModel.made
      assert.equal((await model.fit(data)).history.length, 3)
      assert.equal(FakeModel.made.length, 2)
      assert.equal(first!.disposed, true)
    })

    it('keeps the fitted model when a second fit is refused', async () => {
      const model = new KMeans({ clusters: 3 })
      await model.fit(data)
      await assert.rejects(model.fit({ data: new Float32Array(4), shape: [2, 2] }), RangeError)
      assert.equal((await model.predict(data)).length, 30)
    })
  })

  describe('events', () => {
    it('come in order, with rate and time left', async () => {
      const events: FitEvent[] = []
      const result = await new KMeans({ clusters: 3 }).fit(data, { onProgress: event => events.push(event) })
      const epoch = ['step', 'step', 'step', 'step', 'epoch']
      assert.deepEqual(
        events.map(({ type }) => type),
        ['start', 'phase', ...epoch, ...epoch, ...epoch, 'phase-end', 'end']
      )
      assert.deepEqual(
        events.flatMap(event => (event.type === 'epoch' ? [[event.samplesPerSecond, event.secondsLeft]] : [])),
        [
          [60, 1],
          [60, 0.5],
          [60, 0]
        ]
      )
      for (const event of events) if (event.type === 'step') assert.ok(event.samplesPerSecond > 0 && event.secondsLeft! >= 0)
      assert.deepEqual(events.at(-1), { type: 'end', result })
    })

    it('can be pulled; the last one holds the result', async () => {
      const types: string[] = []
      let labels: Int32Array | undefined
      for await (const event of new KMeans({ clusters: 3 }).fitSteps(data)) {
        types.push(event.type)
        if (event.type === 'end') labels = event.result.labels
      }
      assert.equal(types[0], 'start')
      assert.equal(types.filter(type => type === 'epoch').length, 3)
      assert.equal(labels!.length, 30)
    })

    it('stop the training when the loop is left early', async () => {
      const model = new KMeans({ clusters: 3 })
      for await (const event of model.fitSteps(data)) if (event.type === 'epoch') break
      assert.equal(made().running, false)
      assert.equal(made().cancelled, 1)
      assert.equal(model.history.length, 1)
      await model.predict(data)
    })

    it('end with the error of the fit', async () => {
      FakeModel.failure = nativeFailure('ERR_DIVERGED', 'reconstruction is NaN in epoch 1')
      const pull = async (): Promise<void> => {
        for await (const event of new KMeans({ clusters: 3 }).fitSteps(data)) void event
      }
      await assert.rejects(pull(), { code: 'ERR_DIVERGED' })
    })

    it('whose handler throws stop the training; the error is the caller’s own', async () => {
      const own = new Error('own')
      const model = new KMeans({ clusters: 3 })
      const fit = model.fit(data, {
        onProgress: event => {
          if (event.type === 'step') throw own
        }
      })
      await assert.rejects(fit, error => error === own)
      assert.equal(made().running, false)
    })
  })

  describe('abort', () => {
    it('before the start rejects at once and makes nothing', async () => {
      const reason = new Error('no')
      await assert.rejects(new KMeans({ clusters: 3 }).fit(data, { signal: AbortSignal.abort(reason) }), error => error === reason)
      assert.equal(FakeModel.made.length, 0)
    })

    it('while training rejects with the reason after the native code stopped, and leaves no listener', async () => {
      const controller = new AbortController()
      const model = new KMeans({ clusters: 3 })
      FakeModel.beforeStep = fake => {
        if (fake.epoch === 2) controller.abort('enough')
      }
      await assert.rejects(model.fit(data, { signal: controller.signal }), error => error === 'enough')
      assert.equal(made().running, false)
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
      assert.equal(model.history.length, 2)
      assert.deepEqual([model.fitted, model.finished], [true, false])
    })

    it('leaves a model that predicts, saves and resumes', async () => {
      const model = new DCN({ clusters: 3 })
      for await (const event of model.fitSteps(data)) if (event.type === 'epoch' && event.epoch === 2) break
      assert.equal((await model.predict(data)).length, 30)
      await model.save(folder)
      const result = await model.fit(data, { resume: true })
      assert.equal(FakeModel.made.length, 1)
      assert.deepEqual(
        result.history.map(({ epoch }) => epoch),
        [1, 2, 3]
      )
      assert.equal(model.finished, true)
    })

    it('before the first epoch leaves nothing to predict or save, but something to resume', async () => {
      const controller = new AbortController()
      const model = new KMeans({ clusters: 3 })
      FakeModel.beforeStep = () => controller.abort()
      await assert.rejects(model.fit(data, { signal: controller.signal }), { name: 'AbortError' })
      await assert.rejects(model.predict(data), { code: 'ERR_NOT_FITTED' })
      await assert.rejects(model.save(folder), { code: 'ERR_NOT_FITTED' })
      FakeModel.beforeStep = () => undefined
      assert.equal((await model.fit(data, { resume: true })).history.length, 3)
    })

    it('stops predict', async () => {
      const model = new KMeans({ clusters: 3 })
      await model.fit(data)
      const controller = new AbortController()
      const predicted = model.predict(data, { signal: controller.signal })
      setImmediate(() => controller.abort('late'))
      await assert.rejects(predicted, error => error === 'late')
      assert.equal((await model.predict(data)).length, 30)
    })
  })

  describe('resume', () => {
    it('needs something to resume', () => assert.rejects(new KMeans({ clusters: 3 }).fit(data, { resume: true }), { code: 'ERR_NOT_FITTED' }))

    it('needs data of the same shape', async () => {
      const model = new KMeans({ clusters: 3 })
      await model.fit(data)
      await assert.rejects(model.fit({ data: new Float32Array(62), shape: [31, 2] }, { resume: true }), {
        name: 'RangeError',
        message: /of shape \[30, 2\], for `data`/
      })
    })

    it('repeats no epoch in the history when the state was older than it', async () => {
      const model = new KMeans({ clusters: 3 })
      for await (const event of model.fitSteps(data)) if (event.type === 'epoch' && event.epoch === 2) break
      made().epoch = 1
      const { history } = await model.fit(data, { resume: true })
      assert.deepEqual(
        history.map(({ epoch }) => epoch),
        [1, 2, 3]
      )
    })
  })

  describe('restarts', () => {
    const cuts = [0.4, 0.2, 0.3]
    beforeEach(() => {
      FakeModel.cutOf = seed => cuts[seed - 7]!
    })
    const model = (restarts = 3): DCN => new DCN({ clusters: 3, seed: 7, restarts })
    const ranked = [
      { seed: 7, criterion: 0.4 },
      { seed: 8, criterion: 0.2 },
      { seed: 9, criterion: 0.3 }
    ]

    it('keep the run that the criterion ranks first, and record them all', async () => {
      const best = model()
      const result = await best.fit(data)
      assert.deepEqual(result.restarts, ranked)
      assert.equal(result.seed, 8)
      assert.deepEqual(
        result.history.filter(({ phase }) => phase === 'graph').map(({ values }) => values.normalisedCut),
        [0.2]
      )
      assert.deepEqual(
        FakeModel.made.map(({ spec, disposed }) => [spec.seed, disposed]),
        [
          [7, true],
          [8, false],
          [9, true]
        ]
      )
      await best.save(folder)
      const loaded = await DCN.load(folder)
      assert.equal(made().spec.seed, 8)
      assert.deepEqual((await loaded.fit(data, { resume: true })).restarts, ranked)
    })

    it('that were stopped leave the best so far, and a resumed fit makes the rest', async () => {
      const controller = new AbortController()
      FakeModel.beforeStep = fake => {
        if (fake.spec.seed === 9) controller.abort('enough')
      }
      const stopped = model()
      await assert.rejects(stopped.fit(data, { signal: controller.signal }), error => error === 'enough')
      assert.deepEqual([stopped.fitted, stopped.finished], [true, false])
      assert.equal(made().disposed, true)
      await stopped.save(folder)
      FakeModel.beforeStep = () => undefined
      const { restarts, seed } = await (await DCN.load(folder)).fit(data, { resume: true })
      assert.deepEqual([restarts, seed], [ranked, 8])
      assert.deepEqual(
        FakeModel.made.map(({ spec }) => spec.seed),
        [7, 8, 9, 8, 9]
      )
    })

    it('stop when the model is disposed', async () => {
      const disposed = model()
      FakeModel.beforeStep = fake => {
        if (fake.spec.seed === 8) disposed.dispose()
      }
      await assert.rejects(disposed.fit(data), { code: 'ERR_DISPOSED' })
      assert.deepEqual(
        FakeModel.made.map(({ disposed: freed }) => freed),
        [true, true]
      )
    })

    it('need something to be ranked by', () => {
      assert.throws(() => new DCN({ clusters: 3, preset: 'plain', restarts: 2 }), {
        name: 'RangeError',
        message: /^Expected 'graph' or 'linkage' \(`restarts` are ranked by its normalised cut\) for `start`/
      })
    })
  })

  describe('checkpoint', () => {
    it('is written while training and at the end, and loads', async () => {
      const path = join(folder, 'run')
      const events: FitEvent[] = []
      FakeModel.beforeStep = () => new Promise(resolve => setTimeout(resolve, 5))
      await new KMeans({ clusters: 3 }).fit(data, { checkpoint: { path, seconds: 0 }, onProgress: event => events.push(event) })
      const written = events.filter(event => event.type === 'checkpoint')
      assert.ok(written.length >= 2, `${written.length} writes`)
      assert.equal((await KMeans.load(path)).finished, true)
    })

    it('is written when training is aborted, and resumes', async () => {
      const path = join(folder, 'run')
      const first = new KMeans({ clusters: 3 })
      for await (const event of first.fitSteps(data, { checkpoint: path })) if (event.type === 'epoch' && event.epoch === 2) break
      const second = await KMeans.load(path)
      assert.equal(second.finished, false)
      assert.equal(second.history.length, 2)
      assert.equal((await second.fit(data, { resume: true })).history.length, 3)
    })

    it('that cannot be written rejects the fit at its end, and the model stays fitted', async () => {
      const file = join(folder, 'file')
      await writeFile(file, '')
      const model = new KMeans({ clusters: 3 })
      await assert.rejects(model.fit(data, { checkpoint: join(file, 'run') }))
      assert.equal(model.finished, true)
      assert.equal((await model.predict(data)).length, 30)
    })

    it('that cannot be written does not hide why the fit failed', async () => {
      const file = join(folder, 'file')
      await writeFile(file, '')
      FakeModel.failure = nativeFailure('ERR_DIVERGED', 'NaN')
      const warnings: FitEvent[] = []
      const fit = new KMeans({ clusters: 3 }).fit(data, {
        checkpoint: join(file, 'run'),
        onProgress: event => event.type === 'warning' && warnings.push(event)
      })
      await assert.rejects(fit, { code: 'ERR_DIVERGED' })
      assert.equal(warnings.length, 1)
    })
  })

  describe('errors', () => {
    async function namedCaller(): Promise<unknown> {
      return new KMeans({ clusters: 3 }).fit(data)
    }

    it('of the native code have their class, their code and the caller’s stack', async () => {
      const cases = [
        ['TypeError', TypeError, undefined],
        ['RangeError', RangeError, undefined],
        ['ERR_OUT_OF_MEMORY', Error, 'ERR_OUT_OF_MEMORY']
      ] as const
      for (const [native, type, code] of cases) {
        FakeModel.failure = nativeFailure(native, 'what happened')
        const error = (await namedCaller().catch((reason: unknown) => reason)) as Error & { code?: string }
        assert.ok(error instanceof type)
        assert.equal(error.message, 'what happened')
        assert.equal(error.code, code)
        assert.match(error.stack!.split('\n')[1]!, /namedCaller/)
      }
    })

    it('of the native code keep what they know, and nothing that they do not', async () => {
      for (const known of [{ epoch: 2 }, { device: 'cuda:1', requiredBytes: 1024 }, {}]) {
        FakeModel.failure = Object.assign(nativeFailure('ERR_DIVERGED', 'what happened'), known, { other: 1 })
        const error = (await namedCaller().catch((reason: unknown) => reason)) as Error
        const { name, code, ...details } = error as Error & { code?: string }
        assert.deepEqual([name, code, details], ['DeepClusteringError', 'ERR_DIVERGED', known])
      }
    })

    it('of predict point at its caller too', async () => {
      const model = new KMeans({ clusters: 3 })
      await model.fit(data)
      FakeModel.failure = nativeFailure('ERR_NATIVE', 'x')
      const askPrediction = async (): Promise<unknown> => model.predict(data)
      const error = (await askPrediction().catch((reason: unknown) => reason)) as Error
      assert.match(error.stack!.split('\n')[1]!, /askPrediction/)
    })

    it('leave the model ready for another fit', async () => {
      const model = new KMeans({ clusters: 3 })
      FakeModel.failure = nativeFailure('ERR_DIVERGED', 'NaN')
      await assert.rejects(model.fit(data), { code: 'ERR_DIVERGED' })
      await model.fit(data)
    })
  })

  describe('operations', () => {
    it('need a fitted model', async () => {
      const model = new DCN({ clusters: 3 })
      for (const call of [model.predict(data), model.predictProba(data), model.transform(data), model.reconstruct(data), model.save(folder)]) {
        await assert.rejects(call, { code: 'ERR_NOT_FITTED' })
      }
    })

    it('need items of the fitted shape', async () => {
      const model = new KMeans({ clusters: 3 })
      await model.fit(data)
      await assert.rejects(model.predict({ data: new Float32Array(9), shape: [3, 3] }), {
        name: 'RangeError',
        message: 'Expected items of shape [2], as fitted, for `data` but received [3]'
      })
    })

    it('give arrays with their shapes', async () => {
      const model = new DCN({ clusters: 3 })
      assert.equal((await model.fitPredict(data)).length, 30)
      assert.deepEqual((await model.predictProba(data)).shape, [30, 3])
      assert.deepEqual((await model.transform(data)).shape, [30, 2])
      assert.deepEqual((await model.reconstruct(data)).shape, [30, 2])
    })

    it('wait for each other', async () => {
      const model = new KMeans({ clusters: 3 })
      await model.fit(data)
      const results = await Promise.all([model.predict(data), model.transform(data), model.predict(data)])
      assert.equal(results.length, 3)
    })
  })

  describe('save and load', () => {
    it('keep options, history and state', async () => {
      const model = new DCN({ clusters: 3, lambda: 2, seed: 7 })
      const { history } = await model.fit(data)
      await model.save(folder)
      for (const loaded of [await DCN.load(folder), await loadModel(folder)]) {
        assert.ok(loaded instanceof DCN)
        assert.deepEqual(loaded.options, { clusters: 3, lambda: 2, seed: 7 })
        assert.deepEqual(loaded.history, history)
        assert.deepEqual([loaded.fitted, loaded.finished], [true, true])
        assert.deepEqual(made().spec, FakeModel.made[0]!.spec)
        assert.equal((await loaded.predict(data)).length, 30)
      }
    })

    it('refuse a model of another method, naming both', async () => {
      const model = new KMeans({ clusters: 3 })
      await model.fit(data)
      await model.save(folder)
      await assert.rejects(DCN.load(folder), { code: 'ERR_FILE_FORMAT', message: /of the method "kmeans", not dcn/ })
    })

    it('check where to run', async () => {
      const model = new KMeans({ clusters: 3 })
      await model.fit(data)
      await model.save(folder)
      await assert.rejects(KMeans.load(folder, { device: 'cuda' }), { code: 'ERR_DEVICE_UNAVAILABLE' })
      await assert.rejects(KMeans.load(folder, { device: 'gpu' as 'cpu' }), RangeError)
    })
  })

  describe('dispose', () => {
    it('frees the native model, once or more, and ends its use', async () => {
      const model = new KMeans({ clusters: 3 })
      await model.fit(data)
      model.dispose()
      model.dispose()
      assert.equal(made().disposed, true)
      for (const call of [model.fit(data), model.predict(data), model.save(folder)]) await assert.rejects(call, { code: 'ERR_DISPOSED' })
    })

    it('stops a running fit', async () => {
      const model = new KMeans({ clusters: 3 })
      FakeModel.beforeStep = () => model.dispose()
      await assert.rejects(model.fit(data), { code: 'ERR_DISPOSED' })
    })

    it('waits for a running fit in its asynchronous form', async () => {
      const model = new KMeans({ clusters: 3 })
      const fit = assert.rejects(model.fit(data), { code: 'ERR_DISPOSED' })
      await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
      await model[Symbol.asyncDispose]()
      assert.equal(made().running, false)
      await fit
    })
  })
})
