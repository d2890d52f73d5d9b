import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jsonOf, runCommand } from './run-command.js'

describe('deep-clustering setup', () => {
  let root: string
  let saved: NodeJS.ProcessEnv
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dc-setup-'))
    saved = { ...process.env }
    process.env['DEEP_CLUSTERING_CACHE'] = join(root, 'cache')
  })
  afterEach(() => {
    process.env = saved
    rmSync(root, { recursive: true })
  })

  /** A libtorch of empty files, without headers. */
  function libtorch(version: string): string {
    const path = join(root, version)
    mkdirSync(join(path, 'lib'), { recursive: true })
    for (const name of ['so', 'dylib']) writeFileSync(join(path, 'lib', `libtorch_cpu.${name}`), '')
    writeFileSync(join(path, 'version.py'), `__version__ = '${version}'\n`)
    return path
  }

  it('takes the libtorch that is named, also without headers where they are not asked for', async () => {
    process.env['LIBTORCH'] = libtorch('2.13.0')
    const ran = await runCommand(['setup', '--json'])
    assert.equal(ran.code, 0, ran.stderr)
    const { libtorch: path, torchVersion, fresh } = jsonOf(ran)
    assert.deepEqual([path, torchVersion, fresh], [process.env['LIBTORCH'], '2.13.0', false])
    assert.match(ran.stderr, /^libtorch 2\.13\.0 was found \(LIBTORCH\) in /)
    for (const [flag, why] of [
      ['--headers', /no headers/],
      ['--cuda', /it has no CUDA part/],
      ['--torch=2.15.0', /it is 2\.13\.0/]
    ] as const) {
      const refused = await runCommand(['setup', flag])
      assert.equal(refused.code, 1)
      assert.match(refused.stderr, /LIBTORCH names .*, which cannot be used: /)
      assert.match(refused.stderr, why)
      assert.match(refused.stderr, /\[ERR_LIBTORCH_NOT_FOUND\]/)
    }
  })

  it('says which files of wheels are missing', async () => {
    delete process.env['LIBTORCH']
    const { code, stderr } = await runCommand(['setup', '--wheel', join(root, 'torch.whl')])
    assert.deepEqual([code, /there is no .*torch\.whl/.test(stderr)], [1, true], stderr)
  })
})
