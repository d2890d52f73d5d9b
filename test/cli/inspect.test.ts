import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeviceReport } from '../../src/native/addon.js'
import { cudaPluginFile } from '../../src/native/build-info.js'
import { cpuOnly, idleGpu } from '../estimator/fake-addon.js'
import { jsonOf, runCommand } from './run-command.js'

describe('inspect', () => {
  it('tells what is there, with verdicts, and that the addon works', async () => {
    const { code, stdout } = await runCommand(['inspect'])
    assert.equal(code, 0)
    for (const word of ['Node', 'CMake', 'C++ compiler', 'libtorch', 'usable: torch', 'nvcc', 'CUDA plugin', 'The addon works'])
      assert.ok(stdout.includes(word), word)
  })

  it('--json is one line with the same', async () => {
    const { stdout } = await runCommand(['inspect', '--json'])
    assert.equal(stdout.trim().split('\n').length, 1)
    const report = JSON.parse(stdout) as { addon: { works: boolean; torch: string }; cuda: { available: boolean; reason: string }; cure: unknown }
    assert.deepEqual([report.addon.works, report.cure], [true, null])
    assert.match(report.addon.torch, /^2\.\d+\.\d+$/)
    if (!report.cuda.available) assert.notEqual(report.cuda.reason, '')
  })

  it('a GPU that cannot be used is told of, with the reason and the command that mends it; the addon works all the same', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dc-inspect-'))
    const before = process.env['DEEP_CLUSTERING_ADDON']
    const addon = (cuda: DeviceReport['cuda']): void =>
      writeFileSync(
        join(folder, 'addon.cjs'),
        `module.exports = { torchVersion: '2.0.0', methods: [], selfTest() {}, devices: () => (${JSON.stringify({ ...cpuOnly, cuda })}) }`
      )
    process.env['DEEP_CLUSTERING_ADDON'] = join(folder, 'addon.cjs')
    try {
      addon(idleGpu.cuda)
      const { code, stdout } = await runCommand(['inspect'])
      assert.equal(code, 0, stdout)
      assert.match(
        stdout,
        /\nThe addon works, but on the CPU alone: this machine has 1 GPU\(s\) that cannot be used: the CUDA plugin is not built\. Mend it with:\n\n {2}npm run build -- --cuda\n$/
      )
      writeFileSync(join(folder, cudaPluginFile), '')
      addon({ ...idleGpu.cuda, reason: 'the driver is older than CUDA' })
      const report = jsonOf(await runCommand(['inspect', '--json']))
      assert.match(report.verdict as string, /cannot be used: the driver is older than CUDA\.$/)
      assert.equal(report.cure, null)
      addon(cpuOnly.cuda)
      assert.equal(jsonOf(await runCommand(['inspect', '--json'])).verdict, 'The addon works.')
    } finally {
      if (before === undefined) delete process.env['DEEP_CLUSTERING_ADDON']
      else process.env['DEEP_CLUSTERING_ADDON'] = before
      rmSync(folder, { recursive: true })
    }
  })

  it('an addon that cannot be loaded does not take the doctor down', async () => {
    const before = process.env['DEEP_CLUSTERING_ADDON']
    process.env['DEEP_CLUSTERING_ADDON'] = '/nowhere/deep_clustering.node'
    try {
      const { code, stdout } = await runCommand(['inspect'])
      assert.equal(code, 1)
      assert.match(stdout, /The addon is not built\. Mend it with:\n\n {2}npm run build/)
    } finally {
      if (before === undefined) delete process.env['DEEP_CLUSTERING_ADDON']
      else process.env['DEEP_CLUSTERING_ADDON'] = before
    }
  })
})
