import assert from 'node:assert/strict'
import { runCommand } from './run-command.js'

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
