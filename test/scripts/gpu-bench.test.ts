import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readData, readLabels } from '../../src/data/index.js'
import { evaluate } from '../../src/metrics/index.js'
import { packageRoot } from '../../src/native/build-info.js'

describe('the data and scores of bench:gpu', () => {
  let folder: string
  const python = process.env['PYTHON'] ?? 'python3'
  const run = (script: string, ...words: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(python, [join(packageRoot, 'native', 'bench', script), ...words], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    return stdout
  }

  before(function () {
    if (spawnSync(python, ['--version']).status !== 0) this.skip()
    folder = mkdtempSync(join(tmpdir(), 'dc-gpu-bench-'))
  })
  after(() => folder && rmSync(folder, { recursive: true }))

  it('are the bytes of IDX files, and the accuracy and information that the package computes', async () => {
    run('gpu_data.py', join(packageRoot, 'data', 'mnist-test'), folder)
    const { data } = await readData('mnist-test')
    const { labels } = await readLabels('mnist-test')
    assert.ok(readFileSync(join(folder, 'items.bin')).equals(Buffer.from(data.buffer, data.byteOffset, data.byteLength)))
    assert.equal(run('gpu_scores.py', folder), '')

    // Twelve clusters, so that some stay without a class.
    const clusters = Int32Array.from(labels, (label, i) => (i % 3 === 0 ? (i * 7) % 12 : (label * 5) % 12))
    writeFileSync(join(folder, 'made-up.labels'), clusters)
    const { acc, nmi } = evaluate(Int32Array.from(labels), clusters)
    assert.match(run('gpu_scores.py', folder), new RegExp(`\\| made-up \\| ${acc.toFixed(4)} \\| ${nmi.toFixed(4)} \\|`))
  })
})
