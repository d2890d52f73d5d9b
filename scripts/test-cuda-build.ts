/**
 * `npm run test:cuda-build`: builds the CUDA plugin, opens it, and asks it for devices. Needs no GPU: without one the
 * plugin must load and say why there is none. Fails if a kernel spills registers.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cudaPluginFile, packageRoot } from '../src/native/build-info.js'
import { buildAddon } from './build.js'

const started = performance.now()
const { folder, fresh } = await buildAddon({ cuda: true })
console.log(`${fresh ? 'built' : 'up to date'} in ${((performance.now() - started) / 1000).toFixed(0)} s`)

// ctypes opens the plugin in a process of its own, as the core does: libtorch_cuda and all that it needs must be found.
const probe = `
import ctypes, sys
library = ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)
class Plugin(ctypes.Structure):
    _fields_ = [('abi', ctypes.c_int), ('torch', ctypes.c_char_p), ('count', ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t))]
library.dc_cuda_plugin.restype = ctypes.POINTER(Plugin)
plugin = library.dc_cuda_plugin().contents
reason = ctypes.create_string_buffer(512)
count = plugin.count(reason, 512)
print(f'ABI {plugin.abi}, torch {plugin.torch.decode()}, {count} devices{": " + reason.value.decode() if count == 0 else ""}')
sys.exit(0 if plugin.abi == 1 and (count > 0 or reason.value) else 1)
`
const { status, stdout, stderr } = spawnSync(process.env['PYTHON'] ?? 'python3', ['-c', probe, join(folder, cudaPluginFile)], { encoding: 'utf8' })
console.log(stdout.trim() || stderr.trim())

const log = join(packageRoot, 'build', 'cmake-release', 'build.log')
const ptxas = existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(line => /Compiling entry function|bytes spill|Used \d+ registers/.test(line)) : []
for (const line of ptxas) console.log(line.trim())
const spills = ptxas.some(line => /[1-9]\d* bytes spill/.test(line))
if (spills) console.log('A kernel spills registers')
process.exitCode = status === 0 && !spills ? 0 : 1
