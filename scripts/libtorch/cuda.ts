/** Finds nvcc and the CUDA headers and runtime for the plugin, or fetches them by pip. */

import { existsSync, readdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { DeepClusteringError } from '../../src/errors.js'
import { fetchLibtorch } from './fetch.js'

/** The compiler of device code. */
export interface Nvcc {
  readonly path: string
  /** Where it was found: `CUDACXX`, `CUDA_HOME`, `pip`, `system`, `PATH`. */
  readonly source: string
}

/** nvcc on this machine: what the environment names, pip's beside a libtorch, a toolkit, the search path. */
export function findNvcc(libtorch?: string): Nvcc | undefined {
  const { CUDACXX, CUDA_HOME, CUDA_PATH, PATH } = process.env
  const places: Nvcc[] = []
  if (CUDACXX) places.push({ path: CUDACXX, source: 'CUDACXX' })
  if (CUDA_HOME) places.push({ path: join(CUDA_HOME, 'bin', 'nvcc'), source: 'CUDA_HOME' })
  if (CUDA_PATH) places.push({ path: join(CUDA_PATH, 'bin', 'nvcc'), source: 'CUDA_PATH' })
  for (const folder of libtorch ? nvidiaFolders(libtorch) : []) places.push({ path: join(folder, 'bin', 'nvcc'), source: 'pip' })
  places.push({ path: '/usr/local/cuda/bin/nvcc', source: 'system' })
  for (const folder of (PATH ?? '').split(delimiter)) places.push({ path: join(folder, 'nvcc'), source: 'PATH' })
  return places.find(({ path }) => existsSync(path))
}

/** `nvidia/cu13` and its kind beside the `torch/` of a wheel. */
function nvidiaFolders(libtorch: string): string[] {
  const nvidia = join(dirname(libtorch), 'nvidia')
  if (!existsSync(nvidia)) return []
  return readdirSync(nvidia).filter(name => /^cu\d+$/.test(name)).map(name => join(nvidia, name))
}

/**
 * CMake's variables for the plugin.
 * @param libtorch its `torch/` folder, which must have libtorch_cuda
 * @throws DeepClusteringError ERR_BUILD_FAILED if there is no CUDA runtime beside the libtorch or in a toolkit
 */
export async function cudaToolchain(libtorch: string, allowUnpinned: boolean, log: (line: string) => void): Promise<Record<string, string>> {
  let nvcc = findNvcc(libtorch)
  if (!nvcc) {
    log('no nvcc on this machine: fetching it into the cache')
    nvcc = findNvcc(await fetchLibtorch({ cuda: true, toolchain: true, allowUnpinned, log }))
  }
  if (!nvcc) throw new DeepClusteringError('ERR_BUILD_FAILED', 'No nvcc was found or could be fetched. Install a CUDA toolkit, or set CUDACXX to its nvcc')
  log(`device code by ${nvcc.path} (${nvcc.source})`)
  const toolkit = dirname(dirname(nvcc.path))
  const roots = [...nvidiaFolders(libtorch), toolkit]
  const headers = roots.find(root => existsSync(join(root, 'include', 'cuda_runtime_api.h')))
  const runtime = roots.flatMap(root => ['lib', 'lib64'].map(name => join(root, name))).find(folder => existsSync(folder) && readdirSync(folder).some(isRuntime))
  if (!headers || !runtime) throw new DeepClusteringError('ERR_BUILD_FAILED', `The CUDA runtime and its headers were not found in ${roots.join(' or ')}`)
  return {
    CMAKE_CUDA_COMPILER: nvcc.path,
    DC_CUDA_INCLUDE: join(headers, 'include'),
    DC_CUDART: join(runtime, readdirSync(runtime).filter(isRuntime).sort().at(-1)!),
  }
}

const isRuntime = (name: string): boolean => /^libcudart\.so\.\d+/.test(name)
