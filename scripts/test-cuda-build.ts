/**
 * `npm run test:cuda-build`: builds the CUDA plugin from scratch in build/CudaCheck, opens it, and asks it for devices.
 * Needs no GPU: without one the plugin must load and say why there is none. Fails if a kernel spills registers.
 *
 * With versions of torch (`npm run test:cuda-build -- 2.11.0 2.13.0`) it does so for the wheels of each, which pip installs in a temporary
 * folder: some 3 GB to download and 6 GB on disk at a time.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from '../src/build/build.js'
import { cudaPluginFile, packageRoot } from '../src/native/build-info.js'
import { kernelResources } from './kernel-resources.js'

const python = process.env['PYTHON'] ?? 'python3'
const versions = process.argv.slice(2)
process.exitCode = versions.length === 0 ? await check() : versions.map(checkWheels).every(passed => passed) ? 0 : 1

function checkWheels(version: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'dc-cuda-wheels-'))
  const run = (command: string, args: readonly string[]): boolean =>
    spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, LIBTORCH: join(folder, 'torch') } }).status === 0
  try {
    console.log(`\ntorch ${version}`)
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile', '--target', folder, `torch==${version}`]
    return run(python, install) && run(process.execPath, [fileURLToPath(import.meta.url)])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function check(): Promise<number> {
  // From scratch: the log then tells of every kernel.
  const work = join(packageRoot, 'build', 'cmake-cudacheck')
  rmSync(work, { recursive: true, force: true })
  const { folder, info } = await build({ onlyCuda: true, force: true })

  const resources = kernelResources(readFileSync(join(work, 'build.log'), 'utf8'))
  console.log('registers  spilled bytes  architecture  kernel')
  for (const { kernel, architecture, registers, spillBytes } of resources) {
    console.log(`${String(registers).padStart(9)}  ${String(spillBytes).padStart(13)}  ${architecture.padEnd(12)}  ${kernel}`)
  }

  // ctypes opens the plugin as the core does, in a process of its own: libtorch_cuda and all that it needs must be found.
  const probe = `
import ctypes, sys, time
class Plugin(ctypes.Structure):
    _fields_ = [('abi', ctypes.c_int), ('torch', ctypes.c_char_p), ('count', ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t))]
started = time.monotonic()
library = ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)
library.dc_cuda_plugin.restype = ctypes.POINTER(Plugin)
plugin = library.dc_cuda_plugin().contents
reason = ctypes.create_string_buffer(512)
count = plugin.count(reason, 512)
print(f'loaded in {time.monotonic() - started:.1f} s: ABI {plugin.abi}, torch {plugin.torch.decode()}, {count} GPUs{": " + reason.value.decode() if count == 0 else ""}')
sys.exit(0 if plugin.abi == 2 and plugin.torch.decode() == sys.argv[2] and (count > 0 or reason.value) else 1)
`
  const environment = { ...process.env }
  // What the plugin needs must be found without it.
  delete environment['LD_LIBRARY_PATH']
  const { status, stdout, stderr } = spawnSync(python, ['-c', probe, join(folder, cudaPluginFile), info.torchVersion], {
    encoding: 'utf8',
    env: environment
  })
  console.log(stdout.trim() || stderr.trim())

  const problems = [
    ...(status === 0 ? [] : ['the plugin does not load, or does not say what it should']),
    ...(resources.length === 0 ? ['the log tells of no kernel'] : []),
    ...resources.filter(({ spillBytes }) => spillBytes !== 0).map(({ kernel, architecture }) => `${kernel} spills registers on ${architecture}`)
  ]
  for (const problem of problems) console.log(`failed: ${problem}`)
  return problems.length === 0 ? 0 : 1
}
