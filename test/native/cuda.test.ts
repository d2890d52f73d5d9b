/** How CUDA is looked for, on machines that have none: with a stand-in driver and stand-in plugins. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeviceReport } from '../../src/native/addon.js'
import { cudaPluginFile, readBuildInfo } from '../../src/native/build-info.js'
import { addonPath, cudaPluginPath } from '../../src/native/loader.js'
import { brokenDriver, compileLibrary, driver, plugin } from './stand-in-cuda.js'

describe('looking for CUDA', function () {
  if (process.platform !== 'linux') return
  this.timeout(60_000)
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dc-cuda-'))
    symlinkSync(addonPath(), join(folder, 'deep_clustering.node'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const compile = (source: string, product: string, ...libraries: readonly string[]): void =>
    compileLibrary(source, join(folder, product), ...libraries)

  /** What a process of its own prints as JSON: the body of a function of the package's exports. */
  function inProcess(body: string): unknown {
    const entry = new URL('../../src/index.js', import.meta.url).href
    const script = `import(${JSON.stringify(entry)}).then(async ({ devices, KMeans }) => console.log(JSON.stringify(await (async () => { ${body} })())))`
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
      encoding: 'utf8',
      env: { ...process.env, LD_LIBRARY_PATH: folder, DEEP_CLUSTERING_ADDON: join(folder, 'deep_clustering.node') }
    })
    assert.notEqual(stdout, '', stderr)
    return JSON.parse(stdout)
  }

  /** The devices, and the error of a fit on `device`. */
  function found(device = 'cuda'): { report: DeviceReport['cuda']; code: string; message: string } {
    return inProcess(`
      const error = await new KMeans({ clusters: 1, device: '${device}' }).fit([[0], [1]]).catch(error => error)
      return { report: devices().cuda, code: error.code, message: error.message }
    `) as ReturnType<typeof found>
  }

  function unavailable(reason: RegExp): void {
    const { report, code, message } = found()
    assert.equal(report.available, false)
    assert.deepEqual(report.devices, [])
    assert.match(report.reason, reason)
    assert.equal(code, 'ERR_DEVICE_UNAVAILABLE')
    assert.ok(message.startsWith(`The device \`cuda\` cannot be used: ${report.reason}`), message)
  }

  it('tells that the driver reports an error, by its name', () => {
    compile(brokenDriver, 'libcuda.so.1')
    unavailable(/the NVIDIA driver reports CUDA_ERROR_UNKNOWN/)
  })

  it('tells that the driver sees no GPU', () => {
    compile(driver(0), 'libcuda.so.1')
    unavailable(/the NVIDIA driver sees no GPU/)
  })

  it('tells that the plugin is not built, and how to build it', () => {
    compile(driver(1), 'libcuda.so.1')
    unavailable(/the CUDA plugin is not built.*build --cuda/)
  })

  it('tells that the libtorch which is loaded has no CUDA part, and how to fetch it', function () {
    if (existsSync(join(readBuildInfo(join(addonPath(), '..'))!.libtorch, 'lib', 'libtorch_cuda.so'))) this.skip()
    compile(driver(1), 'libcuda.so.1')
    const apart = join(folder, 'apart')
    mkdirSync(apart)
    compile('', 'apart/libtorch_cuda.so', '-Wl,-soname,libtorch_cuda.so')
    compile(plugin('DC_CUDA_ABI_VERSION', 1), cudaPluginFile, '-Wl,--no-as-needed', join(apart, 'libtorch_cuda.so'))
    unavailable(/^the libtorch that is loaded has no CUDA part \(there is no .*libtorch_cuda\.so\)\. Fetch it with `deep-clustering setup --cuda`/)
  })

  it('tells that the plugin is of another version', () => {
    compile(driver(1), 'libcuda.so.1')
    compile(plugin('DC_CUDA_ABI_VERSION + 1', 1), cudaPluginFile)
    unavailable(/built by another version.*build --cuda/)
  })

  it("hands on the plugin's own reason", () => {
    compile(driver(1), 'libcuda.so.1')
    compile(plugin('DC_CUDA_ABI_VERSION', 0), cudaPluginFile)
    unavailable(/^no GPU today$/)
  })

  it('lists the GPUs, and refuses one that is not there', () => {
    compile(driver(2), 'libcuda.so.1')
    compile(plugin('DC_CUDA_ABI_VERSION', 2), cudaPluginFile)
    const { report, code, message } = found('cuda:2')
    assert.deepEqual([report.available, report.reason], [true, ''])
    const memory = { totalMemory: 80 * 2 ** 30, freeMemory: 79 * 2 ** 30 }
    assert.deepEqual(report.devices, [
      { name: 'GPU 0', ...memory, capability: '9.0', bfloat16: true },
      { name: 'GPU 1', ...memory, capability: '7.0', bfloat16: false }
    ])
    assert.equal(code, 'ERR_DEVICE_UNAVAILABLE')
    assert.match(message, /up to 'cuda:1'.*received "cuda:2"/)
  })

  it('finds CUDA also after models that asked for the CPU, which open nothing of it', () => {
    compile(driver(1), 'libcuda.so.1')
    compile(plugin('DC_CUDA_ABI_VERSION', 1), cudaPluginFile)
    const [before, after] = inProcess(`
      const { readFileSync } = await import('node:fs')
      const opened = () => /libcuda\\.so\\.1/.test(readFileSync('/proc/self/maps', 'utf8'))
      await new KMeans({ clusters: 1, device: 'cpu' }).fit([[0], [1]])
      const before = opened()
      return [before, devices().cuda]
    `) as [boolean, DeviceReport['cuda']]
    assert.equal(before, false)
    assert.deepEqual([after.available, after.gpus, after.reason], [true, 1, ''])
  })

  it('tells of a GPU that lies idle: auto takes the CPU with a warning that says how to build the plugin', () => {
    compile(driver(1), 'libcuda.so.1')
    const { device, warnings } = inProcess(`
      const events = []
      const { device, warnings } = await new KMeans({ clusters: 1, device: 'auto' }).fit([[0], [1]], { onProgress: event => events.push(event) })
      return { device, warnings: [warnings, events.filter(({ type }) => type === 'warning').map(({ message }) => message)] }
    `) as { device: string; warnings: [string[], string[]] }
    assert.equal(device, 'cpu')
    assert.deepEqual(warnings[0], warnings[1])
    assert.equal(warnings[0].length, 1)
    assert.match(warnings[0][0]!, /GPU.*build.*--cuda/)
  })

  it('opens the plugin that was built, in the same process as the addon', function () {
    if (!existsSync(cudaPluginPath())) this.skip()
    // A driver that the CUDA runtime does not accept: the plugin opens, and reports what its runtime says.
    compile(driver(1), 'libcuda.so.1')
    symlinkSync(cudaPluginPath(), join(folder, cudaPluginFile))
    unavailable(/the CUDA runtime (reports|sees)/)
  })
})
