import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { libtorchLibrary } from '../../src/libtorch/version.js'
import { estimators } from '../../src/methods/index.js'
import { addonFile, packageVersion, productFolder, readBuildInfo } from '../../src/native/build-info.js'
import { addonStatus, buildCommand, load, loadAddon } from '../../src/native/loader.js'

describe('loader', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dc-loader-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const info = (change: object): void => writeFileSync(join(folder, 'build-info.json'), JSON.stringify({ ...readBuildInfo(), ...change }))

  it('loads the addon that was built, once', () => {
    const addon = loadAddon()
    assert.equal(loadAddon(), addon)
    addon.selfTest()
    assert.equal(addon.torchVersion, addonStatus().info?.torchVersion)
    assert.deepEqual([...addon.methods].sort(), estimators.map(({ method }) => method.name).sort())
  })

  it('names the command where nothing is built', () => {
    assert.throws(() => load(join(folder, addonFile)), { code: 'ERR_ADDON_NOT_BUILT', message: /is not built .* Build it with `npm run build`/ })
    assert.equal(buildCommand(), 'npm run build')
  })

  it('says that libtorch moved, and how to mend it', () => {
    copyFileSync(join(productFolder, addonFile), join(folder, addonFile))
    info({ libtorch: '/moved/away/torch' })
    assert.throws(() => load(join(folder, addonFile)), {
      code: 'ERR_LIBTORCH_NOT_FOUND',
      message: /no longer at \/moved\/away\/torch\. Move it back, or build again with `npm run build`/
    })
  })

  it('says that libtorch is not whole, or is another version than it was built with', () => {
    writeFileSync(join(folder, addonFile), '')
    const libtorch = join(folder, 'torch')
    mkdirSync(join(libtorch, 'lib'), { recursive: true })
    writeFileSync(join(libtorch, 'version.py'), "__version__ = '2.14.0'\n")
    info({ libtorch, torchVersion: '2.13.0' })
    assert.throws(() => load(join(folder, addonFile)), { code: 'ERR_LIBTORCH_NOT_FOUND' })
    writeFileSync(join(libtorch, 'lib', libtorchLibrary), '')
    assert.throws(() => load(join(folder, addonFile)), {
      code: 'ERR_ADDON_NOT_BUILT',
      message: /was built with torch 2\.13\.0, but at .*torch is now 2\.14\.0\. Build it with `npm run build`/
    })
  })

  it('says that it was built for another version', () => {
    copyFileSync(join(productFolder, addonFile), join(folder, addonFile))
    info({ packageVersion: '0.0.1' })
    assert.throws(() => load(join(folder, addonFile)), {
      code: 'ERR_ADDON_NOT_BUILT',
      message: new RegExp(`for version 0\\.0\\.1 of this package, which is now ${packageVersion()}`)
    })
  })

  it('a file that is no addon is an error, not a crash', () => {
    writeFileSync(join(folder, addonFile), 'no shared object')
    assert.throws(() => load(join(folder, addonFile)), { code: 'ERR_ADDON_NOT_BUILT', message: /cannot be loaded: .*npm run build -- --force/ })
  })

  it('says that native addons are not allowed in this process', () => {
    const entry = new URL('../../src/native/loader.js', import.meta.url).href
    const script = `import(${JSON.stringify(entry)}).then(({ loadAddon }) => loadAddon()).catch(({ code, message }) => console.log(code, message))`
    const { stdout } = spawnSync(process.execPath, ['--no-addons', '-e', script], { encoding: 'utf8' })
    assert.match(stdout, /^ERR_ADDON_NOT_BUILT .* may load no native addons\. Start Node with --allow-addons, or without --no-addons/)
  })

  it('takes a relative $DEEP_CLUSTERING_ADDON from the current folder', () => {
    const saved = process.env['DEEP_CLUSTERING_ADDON']
    try {
      process.env['DEEP_CLUSTERING_ADDON'] = 'own/addon.node'
      assert.equal(addonStatus().path, join(process.cwd(), 'own', 'addon.node'))
    } finally {
      if (saved === undefined) delete process.env['DEEP_CLUSTERING_ADDON']
      else process.env['DEEP_CLUSTERING_ADDON'] = saved
    }
  })

  it('importing the package does not load the addon', () => {
    const entry = new URL('../../src/index.js', import.meta.url).href
    const script = `import(${JSON.stringify(entry)}).then(m => { new m.DCN({ clusters: 2 }); console.log(String(Object.keys(m).length > 5)) })`
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
      encoding: 'utf8',
      env: { ...process.env, DEEP_CLUSTERING_ADDON: '/nowhere/x.node' }
    })
    assert.equal(stdout.trim(), 'true', stderr)
  })
})
