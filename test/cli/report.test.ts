import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRecording } from '../../src/model-file/index.js'
import { FakeModel, useFakeAddon } from '../estimator/fake-addon.js'
import { jsonOf, runCommand } from './run-command.js'

describe('report, plot, train --tensorboard', () => {
  useFakeAddon()
  let folder: string
  let out: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
    out = join(folder, 'model')
    await writeFile(join(folder, 'data.csv'), `left,right\n${Array.from({ length: 30 }, (_, item) => `${item % 3},${item}\n`).join('')}`)
    await writeFile(join(folder, 'labels.csv'), Array.from({ length: 30 }, (_, item) => `${'abc'[item % 3]}\n`).join(''))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  const train = (...more: string[]): ReturnType<typeof runCommand> =>
    runCommand([
      'train',
      'dcn',
      '--data',
      join(folder, 'data.csv'),
      '--labels',
      join(folder, 'labels.csv'),
      '--clusters',
      '3',
      '--out',
      out,
      '--quiet',
      ...more
    ])

  it('train records with the names of columns and classes, as its flags say', async () => {
    await train('--record-items', '10', '--record-share', '0.5')
    const { items, names } = (await readRecording(out))!
    assert.equal(items.length, 10)
    assert.deepEqual(names, { data: join(folder, 'data.csv'), features: ['left', 'right'], classes: ['a', 'b', 'c'] })
    assert.equal(FakeModel.made[0]!.asked[0]!.share, 0.5)
    await train('--no-record')
    assert.equal(await readRecording(out), undefined)
  })

  it('report writes a page about a run, or about several', async () => {
    await train()
    const page = join(folder, 'page.html')
    const ran = await runCommand(['report', out, '--out', page, '--title', 'Mine', '--maps', '0', '--json'])
    const { bytes, out: written } = jsonOf(ran)
    const text = await readFile(page, 'utf8')
    assert.deepEqual([written, bytes], [page, Buffer.byteLength(text)])
    assert.match(text, /<h1>Mine<\/h1>[\s\S]*left <b>/)
    assert.equal((await runCommand(['report', out, out, '--out', page])).code, 0)
    assert.match(await readFile(page, 'utf8'), /<h1>2 runs of DCN<\/h1>/)
  })

  it('plot writes one picture, and says which there are', async () => {
    await train()
    const file = join(folder, 'latent.svg')
    assert.equal((await runCommand(['plot', 'latent', out, '--frames', '2', '--out', file])).code, 0)
    assert.match(await readFile(file, 'utf8'), /^<svg /)
    const ran = await runCommand(['plot', 'latents', out, '--out', file])
    assert.equal(ran.code, 2)
    assert.match(ran.stderr, /Expected one of latent, .* for `picture` but received "latents"/)
  })

  it('are wrong usage without a run, or with a file of another kind', async () => {
    for (const [words, message] of [
      [['report'], /DIR is missing/],
      [['report', out, '--out', 'x.pdf'], /must end in \.html/],
      [['plot', 'latent'], /DIR is missing|--out/],
      [['plot', 'latent', out, '--out', 'x.gif'], /must end in \.svg or \.png/],
      [['train', 'vade', '--data', 'mnist-test', '--clusters', '2..3', '--out', out, '--tensorboard', folder], /exclude each other/]
    ] as const) {
      const ran = await runCommand([...words])
      assert.equal(ran.code, 2, words.join(' '))
      assert.match(ran.stderr, message)
    }
    const ran = await runCommand(['report', join(folder, 'nothing')])
    assert.deepEqual([ran.code, /ERR_FILE_NOT_FOUND/.test(ran.stderr)], [1, true])
    const file = await runCommand(['report', join(out, 'config.json')])
    assert.deepEqual([file.code, /there is no saved model here\n\[ERR_FILE_NOT_FOUND\]/.test(file.stderr)], [1, true])
  })

  it('train --tensorboard writes while it trains; report --tensorboard afterwards, a folder a run', async () => {
    const [live, later] = [join(folder, 'live'), join(folder, 'later')]
    let during: readonly string[] = []
    FakeModel.beforeStep = async model => void (model.epoch === 2 && (during = await readdir(live)))
    assert.equal((await train('--tensorboard', live)).code, 0)
    assert.equal(during.filter(name => name.includes('tfevents')).length, 1)
    assert.ok((await readdir(live)).includes('projector_config.pbtxt'))
    assert.equal((await runCommand(['report', out, out, '--out', join(folder, 'x.html'), '--tensorboard', later])).code, 0)
    assert.deepEqual(await readdir(later), ['model'])
  })
})
