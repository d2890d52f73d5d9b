/** What a fit keeps for its report: on the fake addon for the rules, on the real one for what comes out. */

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DCN,
  type Estimator,
  type FitResult,
  GAN,
  GaussianMixture,
  GraphDegreeLinkage,
  InfoGAN,
  JULE,
  KMeans,
  loadModel,
  VAE,
  VaDE
} from '../../src/index.js'
import { type Recording, readRecording } from '../../src/model-file/index.js'
import { blobs } from '../methods/blobs.js'
import { FakeModel, nativeFailure, useFakeAddon } from './fake-addon.js'

function temporaryFolder(): { readonly path: string } {
  const folder = { path: '' }
  beforeEach(() => void (folder.path = mkdtempSync(join(tmpdir(), 'dc-recording-'))))
  afterEach(() => rmSync(folder.path, { recursive: true }))
  return folder
}

describe('recording', () => {
  const folder = temporaryFolder()
  const data = { data: Float32Array.from({ length: 60 }, (_, i) => i), shape: [30, 2] }
  const truth = Int32Array.from({ length: 30 }, (_, i) => i % 3)

  describe('of a fit', () => {
    useFakeAddon()

    it('is kept where there is a folder, and not without one', async () => {
      await new DCN({ clusters: 3 }).fit(data, { checkpoint: folder.path })
      assert.deepEqual(
        [...(await readRecording(folder.path))!.items],
        Array.from({ length: 30 }, (_, i) => i)
      )
      const model = new DCN({ clusters: 3 })
      await model.fit(data)
      await model.save(folder.path)
      assert.equal(await readRecording(folder.path), undefined)
      assert.deepEqual(readdirSync(folder.path).sort(), ['config.json', 'model.safetensors'])
    })

    it('is kept for a later save when that is asked for', async () => {
      const model = new DCN({ clusters: 3 })
      await model.fit(data, { record: { items: 7, classes: ['a', 'b', 'c'], data: 'mine' } })
      await model.save(folder.path)
      const { items, data: kept, names } = (await readRecording(folder.path))!
      assert.equal(items.length, 7)
      assert.deepEqual(
        [...kept.data].filter((_, i) => i % 2 === 0),
        [...items].map(item => 2 * item)
      )
      assert.deepEqual(names, { data: 'mine', classes: ['a', 'b', 'c'] })
    })

    it('holds clusters, sizes, labels and the profile of each feature', async () => {
      await new DCN({ clusters: 3 }).fit(data, { checkpoint: folder.path, labels: truth })
      const { labels, sizes, truth: kept, confusion, profile } = (await readRecording(folder.path))!
      assert.deepEqual([...labels!], [...truth])
      assert.deepEqual([...sizes!], [10, 10, 10])
      assert.deepEqual([...kept!], [...truth])
      assert.deepEqual([...confusion!.counts], [10, 0, 0, 0, 10, 0, 0, 0, 10])
      // Items 0, 3, …, 27 hold 0, 6, …, 54 and one more: mean 27, variance 36 (10² - 1) / 12.
      assert.deepEqual([profile!.means.data[0], profile!.means.data[1]], [27, 28])
      assert.ok(Math.abs(Number(profile!.deviations.data[0]) - Math.sqrt(297)) < 1e-4)
    })

    it('asks the native code for the codes of the kept items, and no further', async () => {
      await new DCN({ clusters: 3 }).fit(data, { record: { items: 5, frames: 4, share: 0.5 } })
      await new DCN({ clusters: 3 }).fit(data, { record: false, checkpoint: folder.path })
      const [asked, silent] = FakeModel.made.map(({ asked: frames }) => frames[0])
      assert.equal(silent, undefined)
      assert.deepEqual([asked!.count, asked!.share, asked!.items.shape], [4, 0.5, [5]])
    })

    it('goes on with a resumed run, and with a loaded one that is saved elsewhere', async () => {
      const abort = new AbortController()
      FakeModel.beforeStep = model => void (model.epoch === 2 && abort.abort())
      await assert.rejects(new DCN({ clusters: 3 }).fit(data, { checkpoint: folder.path, signal: abort.signal }))
      assert.deepEqual(framesOf((await readRecording(folder.path))!), ['joint 1', 'joint 2'])
      FakeModel.beforeStep = () => undefined
      const model = await DCN.load(folder.path)
      await model.fit(data, { checkpoint: folder.path, resume: true })
      assert.deepEqual(framesOf((await readRecording(folder.path))!), ['joint 1', 'joint 2', 'joint 3'])
      const elsewhere = join(folder.path, 'elsewhere')
      await (await DCN.load(folder.path)).save(elsewhere)
      assert.deepEqual(await readRecording(elsewhere), await readRecording(folder.path))
    })

    it('refuses what it does not know, by name', async () => {
      const fit = (record: unknown): Promise<unknown> => new DCN({ clusters: 3 }).fit(data, { record: record as boolean })
      await assert.rejects(fit(1), { name: 'TypeError', message: 'Expected true, false or an object for `record` but received 1' })
      await assert.rejects(fit({ item: 3 }), { name: 'TypeError', message: /Unknown option `item`.*items/ })
      await assert.rejects(fit({ share: 2 }), { name: 'RangeError', message: /`share`/ })
      await assert.rejects(fit({ classes: [1] }), { name: 'TypeError', message: /`record.classes`/ })
    })

    it('warns where a picture cannot be made, and keeps what was learned', async () => {
      FakeModel.beforeGenerate = () => {
        throw nativeFailure('ERR_OUT_OF_MEMORY', 'too much')
      }
      const { warnings, labels } = await new DCN({ clusters: 3 }).fit(data, { checkpoint: folder.path })
      assert.deepEqual(warnings, ['The pictures for the report could not be made: too much'])
      assert.equal(labels.length, 30)
      assert.deepEqual(framesOf((await readRecording(folder.path))!), ['joint 1', 'joint 2', 'joint 3'])
    })

    it('of large images keeps small ones', async () => {
      const images = { data: new Uint8Array(3 * 130 * 70).fill(9), shape: [3, 130, 70] }
      await new KMeans({ clusters: 2 }).fit(images, { checkpoint: folder.path })
      const { data: kept } = (await readRecording(folder.path))!
      assert.deepEqual(kept.shape, [3, 43, 23])
      assert.ok(kept.data.every(value => value === 9))
    })
  })

  describe('of each method', () => {
    const { data: items, labels } = blobs({ n: 120, clusters: 3, features: 6 })
    const small = { seed: 0, device: 'cpu', threads: 1 } as const
    const network = { ...small, widths: [16], latent: 2, batchSize: 32 } as const
    const cases: readonly (readonly [string, () => Estimator<FitResult>, readonly string[], boolean])[] = [
      ['DCN', () => new DCN({ ...network, clusters: 3, preset: 'graph', pretrainEpochs: 3, epochs: 2, roundEpochs: 2 }), ['prototypes'], true],
      ['VaDE', () => new VaDE({ ...network, clusters: 3, pretrainEpochs: 3, epochs: 2, roundEpochs: 2 }), ['prototypes', 'samples'], true],
      [
        'JULE',
        () => new JULE({ ...small, clusters: 3, epochs: 1, batchSize: 32 }),
        ['levels.counts', 'levels.items', 'levels.parents', 'levels.sizes'],
        true
      ],
      ['VAE', () => new VAE({ ...network, epochs: 3 }), ['samples'], true],
      [
        'GAN',
        () => new GAN({ ...small, widths: [16], batchSize: 32, epochs: 3, codes: 'cat3,uniform' }),
        ['samples', 'steps.c1', 'steps.c2', 'traversal.c1', 'traversal.c2'],
        true
      ],
      [
        'InfoGAN',
        () => new InfoGAN({ ...small, clusters: 3, widths: [16], batchSize: 32, epochs: 3, codes: 'gaussian' }),
        ['samples', 'steps.c1', 'steps.c2', 'traversal.c1', 'traversal.c2'],
        true
      ],
      ['KMeans', () => new KMeans({ seed: 0, device: 'cpu', threads: 1, clusters: 3 }), ['prototypes'], false],
      ['GaussianMixture', () => new GaussianMixture({ seed: 0, device: 'cpu', threads: 1, clusters: 3 }), ['prototypes', 'samples'], false],
      [
        'GraphDegreeLinkage',
        () => new GraphDegreeLinkage({ ...small, clusters: 3 }),
        ['merges.affinities', 'merges.items', 'merges.pairs', 'merges.sizes'],
        false
      ]
    ]
    for (const [name, make, pictures, embeds] of cases) {
      it(name, async () => {
        const model = make()
        await model.fit(items, { checkpoint: folder.path, record: { share: 1 }, ...('clusters' in model.options && { labels }) })
        const recording = (await readRecording(folder.path))!
        assert.deepEqual(Object.keys(recording.pictures).sort(), pictures)
        assert.equal(recording.frames.length > 0, embeds)
        assert.match(recording.versions.libtorch!, /^\d+\.\d+/)
        for (const tensor of Object.values(recording.pictures)) if (tensor.data instanceof Float32Array) assert.ok(tensor.data.every(Number.isFinite))
        if (!embeds) return
        // Nothing changes the network after the last recorded epoch.
        const loaded = (await loadModel(folder.path, { device: 'cpu', threads: 1 })) as VAE
        const { data: codes } = await loaded.transform(items)
        const { data, shape } = recording.frames.at(-1)!.codes as { data: Float32Array; shape: number[] }
        // InfoGAN keeps the logits of its clusters, which `transform` gives the probabilities of.
        const last = name === 'InfoGAN' ? data.map((value, i) => (i % shape[1]! < 3 ? softmax(data, i, shape[1]!, 3) : value)) : data
        assert.ok(codes.every((value, i) => Math.abs(value - last[i]!) < 1e-4 * (1 + Math.abs(value))))
      })
    }
  })
})

/** Of number i among the first `classes` of its row. */
function softmax(data: Float32Array, i: number, width: number, classes: number): number {
  const row = Math.floor(i / width) * width
  return Math.exp(data[i]!) / data.subarray(row, row + classes).reduce((sum, value) => sum + Math.exp(value), 0)
}

const framesOf = ({ frames }: Recording): readonly string[] => frames.map(({ phase, epoch }) => `${phase} ${epoch}`)
