/** InfoGAN and GAN on the real addon, beside what native.test.ts asks of every method. */

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { readNpy, writeNpy } from '../../src/data/index.js'
import { latentCodes, parseCodeValues } from '../../src/estimator/codes.js'
import { GAN } from '../../src/methods/gan.js'
import { InfoGAN } from '../../src/methods/infogan.js'
import { jsonOf, runCommand } from '../cli/run-command.js'
import { blobs } from './blobs.js'

const run = { device: 'cpu', threads: 1, precision: 'float32' } as const
const small = { ...run, maps: 8, hidden: 32, noise: 6, batchSize: 32 } as const

/** Four kinds of images: a square in one of the corners, a little to the side. */
function corners(n: number): { readonly data: { readonly data: Uint8Array; readonly shape: readonly number[] }; readonly labels: Int32Array } {
  const labels = Int32Array.from({ length: n }, (_, i) => i % 4)
  const data = new Uint8Array(n * 144)
  labels.forEach((kind, item) => {
    const [top, left] = [6 * Math.floor(kind / 2) + ((item >> 2) & 1), 6 * (kind % 2) + ((item >> 3) & 1)]
    for (let y = 0; y < 5; y++) data.fill(255, item * 144 + (top + y) * 12 + left, item * 144 + (top + y) * 12 + left + 5)
  })
  return { data: { data, shape: [n, 12, 12] }, labels }
}

describe('InfoGAN and GAN natively', function () {
  this.timeout(60_000)
  let folder: string
  const { data: images, labels } = corners(320)
  let model: InfoGAN
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
    model = new InfoGAN({
      ...small,
      clusters: 4,
      epochs: 200, // after 100 the generator of two seeds in four mixes up the categories
      learningRate: 5e-3,
      discriminatorLearningRate: 1e-3,
      codes: 'uniform,cat2',
      shift: 1 / 12,
      rotation: 0,
      zoom: 0,
      shear: 0,
      viewInformation: 2,
      numberLambda: 0.1
    })
    await model.fit(images, { labels })
  })
  after(async () => {
    model.dispose()
    await rm(folder, { recursive: true, force: true })
  })

  it('InfoGAN takes `invariant` for images, finds their kinds, and generates of a kind', async () => {
    const result = await new InfoGAN({ ...small, clusters: 4, epochs: 2 }).fit(images)
    assert.deepEqual([result.preset, result.options.output, result.options.viewInformation], ['invariant', 'sigmoid', 1])
    const predicted = await model.predict(images)
    const purity = new Set(predicted.map((label, i) => label * 4 + labels[i]!)).size
    assert.equal(purity, 4, 'each kind is one cluster')
    const { samples, latents, labels: drawnFrom } = await model.sample({ cluster: 2, count: 30, seed: 1 })
    assert.deepEqual(
      [samples.shape, latents.shape],
      [
        [30, 12, 12],
        [30, 6 + 4 + 1 + 2]
      ]
    )
    assert.ok(drawnFrom.every(label => label === 2))
    const own = (await model.predict(samples)).filter(label => label === 2).length
    assert.ok(own > 25, `${own} of 30`)
    assert.ok(samples.data.every(value => value >= 0 && value <= 255) && samples.data.some(value => value > 200))
    assert.deepEqual((await model.decode(latents)).shape, samples.shape)
  })

  it('probabilities of each categorical code; all codes side by side', async () => {
    const [first, third, all] = [await model.predictProba(images), await model.predictProba(images, { code: 'c3' }), await model.transform(images)]
    assert.deepEqual(
      [first.shape, third.shape, all.shape],
      [
        [320, 4],
        [320, 2],
        [320, 7]
      ]
    )
    for (let row = 0; row < 320; row++) {
      assert.deepEqual(third.data.subarray(2 * row, 2 * row + 2), all.data.subarray(7 * row + 5, 7 * row + 7))
      assert.ok(Math.abs(third.data[2 * row]! + third.data[2 * row + 1]! - 1) < 1e-5)
    }
    await assert.rejects(model.predictProba(images, { code: 'c2' }), {
      name: 'RangeError',
      message: 'Expected one of c1, c3 for `code` but received "c2"'
    })
  })

  it('restarts are ranked by the mutual information between views; all three criteria stand in the history', async () => {
    const result = await new InfoGAN({ ...small, clusters: 4, epochs: 2, restarts: 2 }).fit(images)
    const { mutualInformation, evenness, bound } = result.history.findLast(({ phase }) => phase === 'read-out')!.values
    assert.equal(Math.max(...result.restarts!.map(({ criterion }) => criterion!)), mutualInformation)
    assert.ok([evenness, bound].every(Number.isFinite))
  })

  it('vectors take `plain`; both save and load, and answer as before', async () => {
    const { data } = blobs()
    for (const fresh of [
      new InfoGAN({ ...small, clusters: 3, widths: [32, 16], epochs: 3 }),
      new GAN({ ...small, widths: [32, 16], epochs: 3, scaling: 'standard' })
    ]) {
      const { preset, options } = await fresh.fit(data)
      assert.deepEqual([preset, options.output], [fresh instanceof InfoGAN ? 'plain' : null, 'linear'])
      const [before, samples] = [await fresh.transform(data), (await fresh.sample({ count: 5 })).samples]
      await fresh.save(join(folder, 'saved'))
      const loaded = fresh instanceof InfoGAN ? await InfoGAN.load(join(folder, 'saved'), run) : await GAN.load(join(folder, 'saved'), run)
      assert.deepEqual(await loaded.transform(data), before)
      assert.deepEqual((await loaded.sample({ count: 5 })).samples, samples)
      assert.deepEqual(samples.shape, [5, data.shape[1]])
      fresh.dispose()
      loaded.dispose()
    }
  })

  it('a grid changes one code along its rows', async () => {
    const kinds = await model.traverse({ rows: 3 })
    assert.deepEqual(
      [kinds.items.shape, kinds.values],
      [
        [3, 4, 12, 12],
        [0, 1, 2, 3]
      ]
    )
    const numbers = await model.traverse({ code: 'c2', steps: 5, rows: 8, codes: { c3: 1 } })
    assert.deepEqual(
      [numbers.items.shape, numbers.values],
      [
        [8, 5, 12, 12],
        [-2, -1, 0, 1, 2]
      ]
    )
    const row = (index: number): Float32Array => numbers.items.data.subarray(index * 5 * 144, (index + 1) * 5 * 144)
    assert.notDeepEqual(row(0).subarray(0, 144), row(0).subarray(4 * 144))
    assert.notDeepEqual(row(0), row(1))
  })

  it('codes, values and walks that are none are refused by name', async () => {
    for (const codes of ['cat1', 'bernoulli', 'uniform, cat3', 'uniform,']) {
      assert.throws(() => new InfoGAN({ clusters: 4, codes }), {
        name: 'RangeError',
        message: /^Expected codes like 'cat10' .* for `codes` but received/
      })
      assert.throws(() => new GAN({ codes }), RangeError)
    }
    assert.deepEqual(
      latentCodes('gaussian,cat10', 4).map(({ name, kind, size }) => `${name} ${kind} ${size}`),
      ['c1 categorical 4', 'c2 gaussian 1', 'c3 categorical 10']
    )
    assert.deepEqual(parseCodeValues('c1=3, c2=-1.5'), { c1: 3, c2: -1.5 })
    for (const text of ['c1', 'x=1', 'c1=a', '']) assert.throws(() => parseCodeValues(text), RangeError)
    await assert.rejects(model.sample({ codes: { c1: 4 } }), {
      name: 'RangeError',
      message: 'Expected an integer from 0 to 3 for `codes.c1` but received 4'
    })
    await assert.rejects(model.sample({ codes: { c9: 4 } }), {
      name: 'RangeError',
      message: 'Expected values of c1, c2, c3 for `codes` but received "c9"'
    })
    await assert.rejects(model.sample({ cluster: 1, codes: { c1: 1 } }), RangeError)
    await assert.rejects(model.sample({ counts: 1 } as never), { name: 'TypeError', message: /did you mean `count`/ })
    await assert.rejects(model.traverse({ code: 'c4' }), { name: 'RangeError', message: 'Expected one of c1, c2, c3 for `code` but received "c4"' })
    await assert.rejects(model.traverse({ code: 'c1', steps: 3 }), { name: 'RangeError', message: /for `steps` but received 3/ })
    await assert.rejects(model.traverse({ code: 'c3', to: 2 }), { name: 'RangeError', message: /for `to` but received 2/ })
    await assert.rejects(model.traverse({ code: 'c2', codes: { c2: 1 } }), RangeError)
    await assert.rejects(new InfoGAN({ clusters: 4 }).traverse(), { code: 'ERR_NOT_FITTED' })
    await assert.rejects(new GAN().sample(), { code: 'ERR_NOT_FITTED' })
    assert.throws(() => new InfoGAN({ clusters: 4, informationTrains: 'generator', viewInformation: 1 }), {
      name: 'RangeError',
      message: /for `informationTrains`/
    })
    assert.throws(() => new GAN({ output: 'sigmoid', scaling: 'standard' }), { name: 'RangeError', message: /for `scaling`/ })
    await assert.rejects(new InfoGAN({ clusters: 4, preset: 'paper' }).fit(blobs().data), {
      name: 'RangeError',
      message: /augmentation needs images/
    })
  })

  it('trains, samples and traverses from the command line; grids are PNG files', async () => {
    const [items, out] = [join(folder, 'corners.npy'), join(folder, 'gan')]
    await writeNpy(items, images)
    const trained = await runCommand([
      'train',
      'gan',
      '--data',
      items,
      '--out',
      out,
      '--epochs',
      '2',
      '--maps',
      '8',
      '--hidden',
      '32',
      '--threads',
      '1',
      '--json'
    ])
    assert.equal(trained.code, 0, trained.stderr)
    const grid = join(folder, 'grid.png')
    const walked = jsonOf(
      await runCommand(['traverse', out, '--code', 'c2', '--steps', '4', '--rows', '3', '--codes', 'c3=0.5', '--out', grid, '--json'])
    )
    assert.deepEqual([walked.code, walked.shape, walked.values], ['c2', [3, 4, 12, 12], [-2, -2 + 4 / 3, -2 + 8 / 3, 2]])
    const image = PNG.sync.read(await readFile(grid))
    assert.deepEqual([image.width, image.height], [4 * 14 - 2, 3 * 14 - 2])
    const sampled = await runCommand(['sample', out, '--count', '5', '--codes', 'c1=3', '--out', join(folder, 'samples.png')])
    assert.equal(sampled.code, 0, sampled.stderr)
    assert.equal(PNG.sync.read(await readFile(join(folder, 'samples.png'))).width, 3 * 14 - 2)
    await runCommand(['traverse', out, '--out', join(folder, 'grid.npy')])
    assert.deepEqual((await readNpy(join(folder, 'grid.npy'))).shape, [100, 12, 12])
    assert.match((await runCommand(['traverse', out, '--codes', 'c1:3', '--out', grid])).stderr, /Expected values like c1=3/)
    assert.equal((await runCommand(['traverse', out, '--code', 'c7', '--out', grid])).code, 2)
    assert.match((await runCommand(['sample', out, '--cluster', '1', '--out', grid])).stderr, /Unknown option `cluster`/)
  })
})
