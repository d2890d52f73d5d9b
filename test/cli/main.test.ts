/** The command as a process: what only a process can show. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { blobs } from '../methods/blobs.js'

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

function start(...args: string[]): { child: ChildProcess; output: { stdout: string; stderr: string }; ended: Promise<unknown[]> } {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout!.on('data', chunk => (output.stdout += chunk))
  child.stderr!.on('data', chunk => (output.stderr += chunk))
  return { child, output, ended: once(child, 'close') }
}

describe('the process', function () {
  this.timeout(60_000)
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('exits with 0 after help and with 2 after wrong usage', async () => {
    for (const [word, code] of [
      ['--help', 0],
      ['trian', 2]
    ] as const)
      assert.deepEqual(await start(word).ended, [code, null])
  })

  it('saves at the first Ctrl-C, says where, exits with 130, and goes on with --resume', async () => {
    const { data, shape } = blobs().data
    const [items, features] = shape as [number, number]
    const path = join(folder, 'data.csv')
    await writeFile(path, Array.from({ length: items }, (_, item) => data.subarray(item * features, (item + 1) * features).join(',')).join('\n'))
    const out = join(folder, 'model')
    const args = (epochs: number): string[] => [
      'train',
      'autoencoder',
      '--data',
      path,
      '--out',
      out,
      '--widths',
      '16',
      '--epochs',
      String(epochs),
      '--device',
      'cpu',
      '--json'
    ]

    const { child, output, ended } = start(...args(1_000_000))
    while (!output.stderr.includes('train 2/')) await once(child.stderr!, 'data')
    child.kill('SIGINT')
    assert.deepEqual(await ended, [130, null], output.stderr)
    assert.ok(output.stderr.includes(`The last complete state is in ${out}`), output.stderr.slice(-300))
    assert.equal((JSON.parse(output.stdout) as { error: { code: string } }).error.code, 'ERR_INTERRUPTED')

    const again = start(...args(1_000_000), '--resume')
    while (!/train \d+\//.test(again.output.stderr)) await once(again.child.stderr!, 'data')
    assert.doesNotMatch(again.output.stderr, /train 1\//)
    again.child.kill('SIGINT')
    assert.deepEqual(await again.ended, [130, null])
  })
})
