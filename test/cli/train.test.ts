import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeModel, nativeFailure, useFakeAddon } from '../estimator/fake-addon.js'
import { jsonOf, runCommand } from './run-command.js'

describe('train, predict, evaluate, inspect', () => {
  useFakeAddon()
  let folder: string
  let out: string
  let data: string
  let labels: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
    out = join(folder, 'model')
    data = join(folder, 'data.csv')
    labels = join(folder, 'labels.csv')
    await writeFile(data, Array.from({ length: 30 }, (_, item) => `${item % 3},${item}\n`).join(''))
    await writeFile(labels, Array.from({ length: 30 }, (_, item) => `${item % 3}\n`).join(''))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  const train = (...more: string[]): string[] => ['train', 'dcn', '--data', data, '--clusters', '3', '--out', out, ...more]

  it('train prints one JSON object and nothing else on stdout', async () => {
    const ran = await runCommand(train('--labels', labels, '--seed', '4', '--json'))
    assert.equal(ran.code, 0, ran.stderr)
    const report = jsonOf(ran)
    assert.deepEqual(
      { ...report, seconds: 0 },
      {
        method: 'dcn',
        n: 30,
        clusters: 3,
        preset: 'graph',
        device: 'cpu',
        precision: 'float32',
        seed: 4,
        seconds: 0,
        phases: [{ name: 'joint', epochs: 3, seconds: 1.5, samplesPerSecond: 60 }],
        restarts: [{ seed: 4, criterion: null }],
        sizes: [10, 10, 10],
        deadClusters: [],
        metrics: { n: 30, clusters: 3, acc: 1, nmi: 1, nmiGeometric: 1, ari: 1 },
        out
      }
    )
    assert.match(ran.stderr, /joint 3\/3/)
  })

  it('train keeps the model and the labels, and without --labels computes no metrics', async () => {
    const ran = await runCommand(train('--json'))
    assert.equal('metrics' in jsonOf(ran), false)
    assert.ok((await readdir(out)).includes('labels.npy'))
  })

  it('train and predict take several files, globs and a bound on memory', async () => {
    const more = join(folder, 'more.csv')
    await writeFile(more, '7,8\n')
    const spool = join(folder, 'cache', 'spool')
    const before = process.env.DEEP_CLUSTERING_CACHE
    process.env.DEEP_CLUSTERING_CACHE = join(folder, 'cache')
    try {
      const trained = await runCommand(
        train('--data', more, '--memory', '0', '--labels', labels, '--labels', labels.replace('labels', 'more'), '--json')
      )
      assert.match(trained.stderr, /more\.csv: line 1 has 2 columns; labels are one column/)
      assert.equal(jsonOf(await runCommand(train('--data', more, '--memory', '0', '--json'))).n, 31)
      assert.equal((await readdir(spool)).length, 1)
      const predicted = await runCommand(['predict', out, '--data', join(folder, 'd*.csv'), '--memory', '1GB', '--out', '-'])
      assert.equal(predicted.stdout.trim().split('\n').length, 30)
    } finally {
      if (before === undefined) delete process.env.DEEP_CLUSTERING_CACHE
      else process.env.DEEP_CLUSTERING_CACHE = before
    }
  })

  it('train passes flags on as options', async () => {
    await runCommand(train('--widths', '8,4', '--no-reencode', '--preset', 'paper', '--lambda', '3'))
    const { options } = FakeModel.made[0]!.spec
    assert.deepEqual([options.widths, options.reencode, options.lambda, options.nesterov], [[8, 4], false, 3, true])
  })

  it('train writes nothing but data to stdout, and with --quiet no progress', async () => {
    assert.equal((await runCommand(train())).stdout, '')
    assert.doesNotMatch((await runCommand(train('--quiet'))).stderr, /joint/)
  })

  it('a failed fit prints its message and code, exit code 1', async () => {
    FakeModel.failure = nativeFailure('ERR_DIVERGED', 'reconstruction is NaN')
    const ran = await runCommand(train())
    assert.equal(ran.code, 1)
    assert.ok(ran.stderr.endsWith('error: reconstruction is NaN\n[ERR_DIVERGED]\n'), ran.stderr)
  })

  it('an interrupted fit saves, says where, and exits with 130; --resume continues it', async () => {
    const stop = new AbortController()
    FakeModel.beforeStep = fake => {
      if (fake.epoch === 2) stop.abort()
    }
    const ran = await runCommand(train('--json'), stop.signal)
    assert.equal(ran.code, 130)
    assert.equal((jsonOf(ran).error as { code: string }).code, 'ERR_INTERRUPTED')
    assert.ok(ran.stderr.includes(`The last complete state is in ${out}`), ran.stderr)

    FakeModel.beforeStep = () => undefined
    const again = await runCommand(train('--resume', '--json'))
    assert.equal(again.code, 0, again.stderr)
    assert.equal((jsonOf(again).phases as { epochs: number }[])[0]!.epochs, 3)
  })

  it('--resume keeps the options that the model was begun with', async () => {
    await runCommand(train('--lambda', '2'))
    const other = await runCommand(train('--resume', '--lambda', '3'))
    assert.equal(other.code, 2)
    assert.match(other.stderr, /`--lambda` was 2 when the model/)
    const without = await runCommand(['train', 'dcn', '--data', data, '--out', out, '--resume'])
    assert.equal(without.code, 0, without.stderr)
  })

  it('predict writes labels, probabilities and embeddings', async () => {
    await runCommand(train())
    const file = join(folder, 'result.npy')
    for (const [flags, shape] of [
      [[], [30]],
      [['--proba'], [30, 3]],
      [['--embedding'], [30, 2]]
    ] as const) {
      const ran = await runCommand(['predict', out, '--data', data, '--out', file, '--json', ...flags])
      assert.equal(ran.code, 0, ran.stderr)
      assert.deepEqual(jsonOf(ran).shape, shape)
    }
  })

  it('predict --out - writes CSV to stdout', async () => {
    await runCommand(train())
    const { code, stdout } = await runCommand(['predict', out, '--data', data, '--out', '-'])
    assert.equal(code, 0)
    assert.deepEqual(
      stdout.trim().split('\n').map(Number),
      Array.from({ length: 30 }, (_, item) => item % 3)
    )
  })

  it('evaluate scores a model, or labels that were predicted before', async () => {
    await runCommand(train())
    const expected = { n: 30, clusters: 3, acc: 1, nmi: 1, nmiGeometric: 1, ari: 1 }
    assert.deepEqual(jsonOf(await runCommand(['evaluate', out, '--data', data, '--labels', labels, '--json'])), expected)
    const predicted = join(folder, 'predicted.npy')
    await runCommand(['predict', out, '--data', data, '--out', predicted])
    assert.deepEqual(jsonOf(await runCommand(['evaluate', '--predicted', predicted, '--labels', labels, '--json'])), expected)
    assert.match((await runCommand(['evaluate', '--predicted', predicted, '--labels', labels])).stdout, /^ACC +1\.0000$/m)
  })

  it('inspect DIR tells what a model is', async () => {
    await runCommand(train())
    const text = await runCommand(['inspect', out])
    assert.equal(text.code, 0, text.stderr)
    assert.match(text.stdout, /^method +dcn, preset graph$/m)
    const { method, n, finished, tensors } = jsonOf(await runCommand(['inspect', out, '--json']))
    assert.deepEqual([method, n, finished], ['dcn', 30, true])
    assert.deepEqual(tensors, [{ name: 'progress.epoch', type: 'int32', shape: [1] }])
  })
})
