import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readNpy, writeNpy } from '../../src/data/index.js'
import { DCN } from '../../src/methods/dcn.js'
import { blobs } from '../methods/blobs.js'
import { smallAutoencoder, smallModel } from '../onnx/small-onnx.js'
import { jsonOf, runCommand } from './run-command.js'

describe('the command line with ONNX', function () {
  this.timeout(60_000)
  let folder: string
  let file: (name: string) => string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
    file = name => join(folder, name)
    const { data, labels } = blobs()
    await writeNpy(file('data.npy'), data)
    await writeNpy(file('labels.npy'), { data: labels, shape: [labels.length] })
    const model = new DCN({
      clusters: 3,
      device: 'cpu',
      threads: 1,
      precision: 'float32',
      preset: 'plain',
      widths: [32],
      latent: 3,
      batchSize: 64,
      pretrainEpochs: 12,
      epochs: 2,
      kmeansRestarts: 3
    })
    await model.fit(data)
    await model.save(file('model'))
    model.dispose()
  })
  after(() => rm(folder, { recursive: true }))

  it('export writes the model and its decoder, and with --data compares them first', async () => {
    const unchecked = await runCommand(['export', file('model'), '--out', file('m.onnx')])
    assert.equal(unchecked.code, 0, unchecked.stderr)
    assert.match(unchecked.stderr, /Wrote the model to .*m\.onnx .*\nWrote the decoder to .*m\.decoder\.onnx .*\nNothing was compared/)
    assert.equal(unchecked.stdout, '')
    const report = jsonOf(
      await runCommand(['export', file('model'), '--out', file('m.onnx'), '--data', file('data.npy'), '--device', 'cpu', '--json'])
    )
    assert.deepEqual([report.method, report.input, report.checked, (report.files as unknown[]).length], ['dcn', 'float32', 600, 2])
  })

  it('export refuses what it cannot write', async () => {
    assert.equal((await runCommand(['export', file('model'), '--out', file('m.bin')])).code, 2)
    assert.equal((await runCommand(['export', file('model')])).code, 2)
    const none = await runCommand(['export', folder, '--out', file('n.onnx'), '--json'])
    const { code, path } = jsonOf(none).error as { code: string; path: string }
    assert.deepEqual([none.code, code, path], [1, 'ERR_FILE_NOT_FOUND', join(folder, 'config.json')])
  })

  it('predict and evaluate give the same for the folder and for the file', async () => {
    await runCommand(['export', file('model'), '--out', file('m.onnx')])
    for (const flags of [[], ['--proba'], ['--embedding']]) {
      const of = async (model: string): Promise<string[]> => {
        const ran = await runCommand(['predict', file(model), '--data', file('data.npy'), '--out', '-', ...flags])
        assert.equal(ran.code, 0, ran.stderr)
        return ran.stdout.trim().split(/[\n,]/)
      }
      const [own, exported] = [(await of('model')).map(Number), (await of('m.onnx')).map(Number)]
      assert.equal(own.length, exported.length)
      own.forEach((value, i) => assert.ok(Math.abs(value - exported[i]!) <= 1e-3 * Math.max(1, Math.abs(value)), `${value}, ${exported[i]}`))
    }
    const evaluate = async (model: string): Promise<unknown> =>
      jsonOf(await runCommand(['evaluate', file(model), '--data', file('data.npy'), '--labels', file('labels.npy'), '--json']))
    assert.deepEqual(await evaluate('m.onnx'), await evaluate('model'))
  })

  it('predict and evaluate go from file to file', async () => {
    await runCommand(['export', file('model'), '--out', file('m.onnx')])
    for (const model of ['model', 'm.onnx']) {
      const common = [file(model), '--data', file('data.npy')]
      const ran = await runCommand(['predict', ...common, '--out', file('codes.npy'), '--embedding', '--memory', '1', '--json'])
      assert.deepEqual(jsonOf(ran).shape, [600, 3], ran.stderr)
      const all = await runCommand(['predict', ...common, '--out', file('all.npy'), '--embedding', '--quiet'])
      assert.deepEqual([all.code, all.stderr], [0, `Wrote 600 rows to ${file('all.npy')}\n`])
      assert.deepEqual(await readNpy(file('codes.npy')), await readNpy(file('all.npy')))
      const scores = await runCommand(['evaluate', ...common, '--labels', file('labels.npy'), '--memory', '1', '--json'])
      assert.equal(jsonOf(scores).n, 600, scores.stderr)
    }
  })

  it('predict of a file without clusters says what it has', async () => {
    await writeFile(file('ae.onnx'), smallAutoencoder())
    const ran = await runCommand(['predict', file('ae.onnx'), '--data', 'mnist-test', '--out', '-'])
    assert.equal(ran.code, 1)
    assert.match(ran.stderr, /does not give `label`: it makes `embedding` from `items`\n\[ERR_FILE_FORMAT\]/)
  })

  it('inspect tells inputs, outputs, nodes and metadata', async () => {
    await writeFile(file('small.onnx'), smallModel())
    const { code, stdout } = await runCommand(['inspect', file('small.onnx')])
    assert.equal(code, 0)
    for (const line of [
      'opset       ai.onnx 13',
      'input       items uint8 [batch, 4, 4]',
      'output      label int32 [batch]',
      'metadata    method=dcn',
      'constant    centroids float32 [3, 2]'
    ]) {
      assert.ok(stdout.includes(`${line}\n`), stdout)
    }
    assert.match(stdout, /^node +embedding = Gemm\(Relu\.\d+, encoder\.1\.weight, encoder\.1\.bias\)$/m)
    const report = jsonOf(await runCommand(['inspect', file('small.onnx'), '--json']))
    assert.deepEqual(report.opset, { 'ai.onnx': 13 })
  })

  it('inspect of a broken file is an error, and prints no control characters of a hostile one', async () => {
    await writeFile(file('broken.onnx'), smallModel().subarray(0, 100))
    const ran = await runCommand(['inspect', file('broken.onnx')])
    assert.deepEqual([ran.code, ran.stdout], [1, ''])
    assert.match(ran.stderr, /\[ERR_FILE_FORMAT\]/)
    const hostile = smallModel()
    hostile[hostile.indexOf('items')] = 0x1b
    await writeFile(file('hostile.onnx'), hostile)
    assert.ok(!(await runCommand(['inspect', file('hostile.onnx')])).stdout.includes('\x1b'))
  })
})
