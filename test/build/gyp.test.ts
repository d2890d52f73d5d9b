import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from '../../src/native/build-info.js'

describe('binding.gyp', () => {
  it('is not run by package managers', () => {
    const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { gypfile?: boolean; scripts: Record<string, string> }
    assert.equal(manifest.gypfile, false)
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) assert.equal(manifest.scripts[script], undefined)
  })

  it('node-gyp builds through it', function () {
    const gyp = join(packageRoot, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js')
    const headers = dirname(dirname(process.execPath))
    // node-gyp wants Node's headers even for a target without sources; offline it takes those beside node.
    if (!existsSync(join(headers, 'include', 'node', 'common.gypi'))) this.skip()
    const { status, stdout, stderr } = spawnSync(process.execPath, [gyp, 'configure', 'build', `--nodedir=${headers}`], {
      cwd: packageRoot,
      encoding: 'utf8'
    })
    assert.equal(status, 0, stdout + stderr)
    assert.ok(existsSync(join(packageRoot, 'build', 'Release', 'deep_clustering.node')))
  })
})
