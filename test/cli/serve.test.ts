/** `serve` as a process: an exported model and a saved one, until it is told to stop. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KMeans } from '../../src/methods/kmeans.js'
import { packageRoot } from '../../src/native/build-info.js'
import { smallItems, smallModel } from '../onnx/small-onnx.js'
import { runCommand } from './run-command.js'

describe('serve, the command', function () {
  this.timeout(60_000)
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-serve-'))
    await writeFile(join(folder, 'small.onnx'), smallModel())
    await writeFile(join(folder, 'token'), 'a token of some length\n')
    using model = new KMeans({ clusters: 2, device: 'cpu' })
    await model.fit([
      [0, 0],
      [0, 1],
      [9, 9]
    ])
    await model.save(join(folder, 'centres'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('serves an .onnx file and a saved folder, each under its name, and ends well when it is told to', async () => {
    const paths = [join(folder, 'small.onnx'), join(folder, 'centres')]
    const cli = join(packageRoot, 'dist/src/cli/main.js')
    const child = spawn(process.execPath, [cli, 'serve', ...paths, '--port', '0', '--token-file', join(folder, 'token')], {
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let said = ''
    child.stderr.on('data', (text: Buffer) => (said += String(text)))
    try {
      while (!said.includes('\n') && child.exitCode === null) await Promise.race([once(child.stderr, 'data'), once(child, 'exit')])
      const [, url] = /^Serving small, centres at (http:\S+) until/.exec(said) ?? []
      assert.ok(url, said)
      const ask = async (name: string, input: object): Promise<number[]> => {
        const response = await fetch(`${url}/v2/models/${name}/infer`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: 'Bearer a token of some length' },
          body: JSON.stringify({ inputs: [{ name: 'items', ...input }], outputs: [{ name: 'label' }] })
        })
        assert.equal(response.status, 200)
        return ((await response.json()) as { outputs: { data: number[] }[] }).outputs[0]!.data
      }
      const labels = await ask('centres', { shape: [3, 2], datatype: 'FP32', data: [0, 0, 0, 1, 9, 9] })
      assert.ok(labels[0] === labels[1] && labels[0] !== labels[2], String(labels))
      assert.equal((await ask('small', { shape: [4, 4, 4], datatype: 'UINT8', data: [...smallItems(4).data] })).length, 4)
      assert.equal((await fetch(`${url}/v2`)).status, 401)
    } finally {
      child.kill('SIGTERM')
    }
    const [code] = (await once(child, 'exit')) as [number]
    assert.equal(code, 0, said)
  })

  it('refuses two models of one name, and an address that anybody reaches without a token', async () => {
    const model = join(folder, 'small.onnx')
    const twice = await runCommand(['serve', model, model])
    assert.equal(twice.code, 2)
    assert.match(twice.stderr, /Two models are called small/)
    const open = await runCommand(['serve', model, '--host', '0.0.0.0', '--port', '0'])
    assert.equal(open.code, 2)
    assert.match(open.stderr, /`token`/)
    const missing = await runCommand(['serve', join(folder, 'no.onnx'), '--port', '0'])
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /ERR_FILE_NOT_FOUND/)
  })
})
