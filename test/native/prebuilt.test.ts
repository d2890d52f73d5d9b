/** Which addon is loaded. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sourcesDigest } from '../../src/native/addon-cache.js'
import { addonFile, cudaPluginFile, packageRoot, packageVersion } from '../../src/native/build-info.js'
import { addonPath } from '../../src/native/loader.js'
import { folderFor, prebuiltName } from '../../src/native/prebuilt.js'
import { built, compileOpener, portableAddon, writePrebuilt, writePrebuiltPlugin } from './prebuilt-package.js'
import { compileLibrary, driver, plugin } from './stand-in-cuda.js'

describe('prebuilt addons', function () {
  if (process.platform !== 'linux') return
  this.timeout(60_000)
  const info = built()
  let root: string
  let folder: string
  let prebuilt: string
  let addon: Buffer
  let opener: string
  let environment: NodeJS.ProcessEnv

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'dc-prebuilt-'))
    folder = join(root, 'package')
    prebuilt = join(folder, 'node_modules', prebuiltName)
    cpSync(join(packageRoot, 'dist', 'src'), join(folder, 'dist', 'src'), { recursive: true })
    cpSync(join(packageRoot, 'native'), join(folder, 'native'), { recursive: true })
    const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as object
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, optionalDependencies: { [prebuiltName]: packageVersion() } }))
    for (const name of ['yauzl', 'pend', 'undici'])
      cpSync(join(packageRoot, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true })
    addon = portableAddon()
    environment = { ...process.env, PATH: '/nonexistent', DEEP_CLUSTERING_CACHE: join(root, 'cache') }
    for (const name of ['LIBTORCH', 'DEEP_CLUSTERING_ADDON', 'VIRTUAL_ENV', 'CONDA_PREFIX', 'LD_LIBRARY_PATH']) delete environment[name]
    opener = compileOpener(root)
  })
  after(() => rmSync(root, { recursive: true }))

  beforeEach(() => {
    rmSync(join(root, 'cache'), { recursive: true, force: true })
    rmSync(join(folder, 'build'), { recursive: true, force: true })
    rmSync(prebuilt, { recursive: true, force: true })
    writePrebuilt(prebuilt, addon, opener)
  })

  /** A libtorch in the cache. */
  function withLibtorch(): void {
    mkdirSync(join(root, 'cache', 'libtorch'), { recursive: true })
    symlinkSync(dirname(info.libtorch), join(root, 'cache', 'libtorch', `${info.torchVersion}-pip`))
  }

  /** The place of the addon that is loaded, from the package's folder, or how all are refused. */
  function loaded(env: NodeJS.ProcessEnv = {}, before = ''): string {
    const script = `${before}
      import('./dist/src/native/loader.js').then(({ loadAddon, addonPath }) => { loadAddon().selfTest(); console.log(addonPath()) })
      .catch(({ code, message }) => console.log(code, message))`
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8', env: { ...environment, ...env } })
    assert.notEqual(stdout, '', stderr)
    return stdout.trim().replace(`${prebuilt}/`, 'prebuilt: ').replace(`${folder}/`, '').replace(`${root}/`, '')
  }

  const ready = (): string => `prebuilt: ${folderFor(info.torchVersion)}/${addonFile}`

  it('are loaded with a libtorch of the cache, or the one that is named', () => {
    withLibtorch()
    assert.equal(loaded(), ready())
    rmSync(join(root, 'cache'), { recursive: true })
    assert.equal(loaded({ LIBTORCH: info.libtorch }), ready())
  })

  it('take their CUDA plugin from its own package, of the same version and torch, else from beside them', () => {
    withLibtorch()
    const cuda = `${prebuilt}-cuda`
    const found = (): string => {
      const script = "import('./dist/src/native/loader.js').then(({ cudaPluginPath }) => console.log(cudaPluginPath()))"
      const { stdout } = spawnSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8', env: environment })
      return stdout.trim().replace(prebuilt, '')
    }
    const file = `/${folderFor(info.torchVersion)}/${cudaPluginFile}`
    try {
      assert.equal(found(), file)
      writePrebuiltPlugin(cuda, 'a plugin')
      assert.equal(found(), `-cuda${file}`)
      writeFileSync(join(cuda, 'package.json'), JSON.stringify({ version: '9.9.9' }))
      assert.equal(found(), file)
    } finally {
      rmSync(cuda, { recursive: true, force: true })
    }
  })

  it('open the CUDA plugin with the CUDA part beside the libtorch that is loaded', () => {
    const torch = join(root, 'with-cuda', 'torch')
    mkdirSync(join(torch, 'lib'), { recursive: true })
    symlinkSync(join(dirname(info.libtorch), 'nvidia'), join(root, 'with-cuda', 'nvidia'))
    for (const name of ['include', 'version.py']) symlinkSync(join(info.libtorch, name), join(torch, name))
    for (const name of readdirSync(join(info.libtorch, 'lib')).filter(name => !name.includes('cuda')))
      symlinkSync(join(info.libtorch, 'lib', name), join(torch, 'lib', name))
    const part = join(torch, 'lib', 'libtorch_cuda.so')
    compileLibrary('', part, '-Wl,-soname,libtorch_cuda.so')
    const cuda = `${prebuilt}-cuda`
    writePrebuiltPlugin(cuda, '')
    compileLibrary(plugin('DC_CUDA_ABI_VERSION', 1), join(cuda, folderFor(info.torchVersion), cudaPluginFile), '-Wl,--no-as-needed', part)
    const driverFolder = join(root, 'driver')
    mkdirSync(driverFolder)
    compileLibrary(driver(1), join(driverFolder, 'libcuda.so.1'))
    const devices = (env: NodeJS.ProcessEnv): string => {
      const script = "import('./dist/src/native/device.js').then(({ devices }) => console.log(JSON.stringify(devices().cuda)))"
      const all = { ...environment, LD_LIBRARY_PATH: driverFolder, ...env }
      const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8', env: all })
      assert.notEqual(stdout, '', stderr)
      return stdout
    }
    try {
      assert.match(devices({ LIBTORCH: torch }), /"available":true,.*"name":"GPU 0"/)
      rmSync(part)
      assert.match(devices({ LIBTORCH: torch }), /"available":false,.*has no CUDA part .*setup --cuda/)
    } finally {
      rmSync(cuda, { recursive: true, force: true })
    }
  })

  it('without a libtorch name the command that fetches it', () => {
    assert.match(
      loaded(),
      /^ERR_LIBTORCH_NOT_FOUND No libtorch was found on this machine\. Fetch it with `npx deep-clustering setup`, or name one in LIBTORCH/
    )
  })

  it('tell which versions of libtorch are supported where one is named that is not', () => {
    const other = join(root, 'torch')
    for (const file of ['lib/libtorch_cpu.so', 'version.py']) {
      mkdirSync(join(other, file, '..'), { recursive: true })
      writeFileSync(join(other, file), file === 'version.py' ? "__version__ = '2.3.1'\n" : '')
    }
    assert.match(
      loaded({ LIBTORCH: other }),
      /^ERR_LIBTORCH_NOT_FOUND The libtorch that LIBTORCH names cannot be used \(.*2\.3\.1 is older than 2\.11\); torch 2\.11 to 2\.15 are supported\. .*build from source with `npm run build`/
    )
    writeFileSync(join(other, 'version.py'), "__version__ = '2.12.0'\n")
    if (!info.torchVersion.startsWith('2.12.')) assert.match(loaded({ LIBTORCH: other }), /there is no prebuilt addon for torch 2\.12\.0/)
  })

  it('give way to a build in the cache, and that to one in the package', () => {
    withLibtorch()
    const kept = join(root, 'cache', 'addons', 'some')
    const own = join(folder, 'build', 'Release')
    const build = (place: string, change: object = {}): void => {
      mkdirSync(place, { recursive: true })
      cpSync(addonPath(), join(place, addonFile))
      writeFileSync(join(place, 'build-info.json'), JSON.stringify({ ...info, sources: sourcesDigest(), ...change }))
    }
    build(kept, { sources: 'of other sources' })
    assert.equal(loaded(), ready())
    build(kept)
    assert.equal(loaded(), `cache/addons/some/${addonFile}`)
    assert.equal(loaded({ LIBTORCH: join(root, 'cache', 'libtorch', `${info.torchVersion}-pip`, 'torch') }), ready())
    build(own)
    assert.equal(loaded(), `build/Release/${addonFile}`)
    // A build that is of no use is passed over.
    build(own, { packageVersion: '0.0.1' })
    assert.equal(loaded(), `cache/addons/some/${addonFile}`)
  })

  it('that cannot be loaded either tell each reason', () => {
    withLibtorch()
    mkdirSync(join(folder, 'build', 'Release'), { recursive: true })
    writeFileSync(join(folder, 'build', 'Release', addonFile), 'half of it')
    writeFileSync(join(prebuilt, folderFor(info.torchVersion), addonFile), 'no shared object')
    assert.match(
      loaded(),
      /^ERR_ADDON_NOT_BUILT The last build of the native addon did not end.*\nNor can another one be loaded: .*cannot be loaded: .*Build it from source with `npm run build`$/
    )
    rmSync(join(root, 'cache'), { recursive: true })
    assert.match(loaded(), /^ERR_LIBTORCH_NOT_FOUND No libtorch was found .*\nNor can another one be loaded: The last build/s)
  })

  it('of another version than the package, or on a system that they are not made for, say so and how to build from source', () => {
    withLibtorch()
    writeFileSync(join(prebuilt, 'package.json'), JSON.stringify({ name: prebuiltName, version: '9.9.9' }))
    assert.match(
      loaded(),
      /^ERR_ADDON_NOT_BUILT .* is of version 9\.9\.9, this package of .*\. Install both in the same version, or build from source with `npm run build`/
    )
    writeFileSync(join(prebuilt, 'package.json'), JSON.stringify({ name: prebuiltName, version: packageVersion() }))
    const musl = 'process.report.getReport = () => ({ header: {} })'
    assert.match(
      loaded({}, musl),
      /^ERR_ADDON_NOT_BUILT .* is made for glibc, and the C library of this system is musl, or build from source with `npm run build`/
    )
    rmSync(prebuilt, { recursive: true })
    assert.match(
      loaded(),
      new RegExp(`^ERR_ADDON_NOT_BUILT The native addon is not built .*, and ${prebuiltName}, which has one ready, is not installed\\. Build it with`)
    )
  })

  it('that need a newer glibc than there is say so', () => {
    withLibtorch()
    const newer = Buffer.from(addon)
    const place = newer.indexOf('GLIBC_2.')
    newer.write('GLIBC_9.', place, 'latin1')
    writeFileSync(join(prebuilt, folderFor(info.torchVersion), addonFile), newer)
    assert.match(
      loaded(),
      /^ERR_ADDON_NOT_BUILT .*it was built on a newer system than this one \(.*GLIBC_9\..*\)\. Build it from source with `npm run build`/
    )
    assert.ok(existsSync(prebuilt))
  })
})
