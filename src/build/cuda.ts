/** Finds nvcc and the CUDA headers and runtime for the plugin, or fetches them by pip. */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { DeepClusteringError } from '../errors.js'
import type { LibtorchVerdict } from '../libtorch/discover.js'
import { type FetchOptions, fetchedLibtorch, fetchToolchain } from '../libtorch/fetch.js'

/** A compiler of device code. */
export interface Nvcc {
  readonly path: string
  /** Where it was found: `CUDACXX`, `CUDA_HOME`, `CUDA_PATH`, `pip`, `system`, `PATH`. */
  readonly source: string
  /** For example `13.2`; empty if it does not answer. */
  readonly version: string
}

/**
 * Every nvcc on this machine, the one to prefer first: what the environment names, pip's beside the libtorch and in
 * the cache, a toolkit, the search path.
 * @param libtorch its `torch/` folder
 */
export function findNvccs(libtorch?: string): Nvcc[] {
  const { CUDACXX, CUDA_HOME, CUDA_PATH, PATH } = process.env
  const places: [source: string, path: string][] = []
  if (CUDACXX) places.push(['CUDACXX', CUDACXX])
  if (CUDA_HOME) places.push(['CUDA_HOME', join(CUDA_HOME, 'bin', 'nvcc')])
  if (CUDA_PATH) places.push(['CUDA_PATH', join(CUDA_PATH, 'bin', 'nvcc')])
  for (const folder of [...(libtorch ? nvidiaFolders(libtorch) : []), ...nvidiaFolders(fetchedLibtorch())])
    places.push(['pip', join(folder, 'bin', 'nvcc')])
  places.push(['system', '/usr/local/cuda/bin/nvcc'])
  for (const folder of (PATH ?? '').split(delimiter)) places.push(['PATH', join(folder, 'nvcc')])
  return places
    .filter(([, path], i) => existsSync(path) && places.findIndex(([, other]) => other === path) === i)
    .map(([source, path]) => ({ path, source, version: versionOf(path) }))
}

/** The nvcc to take for a libtorch: one of the same major version of CUDA, since both bring a runtime of it. */
export function chooseNvcc(nvccs: readonly Nvcc[], cuda: string | null): Nvcc | undefined {
  const major = (version: string): string => version.split('.')[0]!
  return nvccs.find(({ version }) => version !== '' && (cuda === null || major(version) === major(cuda)))
}

function versionOf(nvcc: string): string {
  const { stdout } = spawnSync(nvcc, ['--version'], { encoding: 'utf8' })
  return /release (\d+\.\d+)/.exec(stdout ?? '')?.[1] ?? ''
}

/** `nvidia/cu13` and its kind beside the `torch/` of a wheel. */
function nvidiaFolders(libtorch: string): string[] {
  const nvidia = join(dirname(libtorch), 'nvidia')
  if (!existsSync(nvidia)) return []
  return readdirSync(nvidia)
    .filter(name => /^cu\d+$/.test(name))
    .map(name => join(nvidia, name))
}

/**
 * CMake's variables for the plugin.
 * @param libtorch one that has libtorch_cuda
 * @throws DeepClusteringError ERR_BUILD_FAILED if there is no CUDA runtime beside the libtorch or in a toolkit
 */
export async function cudaToolchain({ path: libtorch, cuda }: LibtorchVerdict, options: FetchOptions): Promise<Record<string, string>> {
  const { log } = options
  const here = findNvccs(libtorch)
  let nvcc = chooseNvcc(here, cuda)
  if (!nvcc) {
    for (const { path, version } of here) log(`refused: ${path} is of CUDA ${version || '(unknown)'}, the libtorch of CUDA ${cuda}`)
    log(`no nvcc for CUDA ${cuda} on this machine: fetching it into the cache (about 110 MB, once)`)
    await fetchToolchain(options)
    nvcc = chooseNvcc(findNvccs(libtorch), cuda)
  }
  if (!nvcc)
    throw new DeepClusteringError(
      'ERR_BUILD_FAILED',
      `No nvcc for CUDA ${cuda} was found or could be fetched. Install that CUDA toolkit, or set CUDACXX to its nvcc`
    )
  log(`device code by nvcc ${nvcc.version} at ${nvcc.path} (${nvcc.source})`)
  const toolkit = dirname(dirname(nvcc.path))
  // The headers that nvcc itself takes; the runtime that libtorch will have loaded.
  const roots = [...nvidiaFolders(libtorch), toolkit]
  const headers = [toolkit, ...roots].find(root =>
    ['cuda_runtime_api.h', 'crt/host_defines.h'].every(name => existsSync(join(root, 'include', name)))
  )
  const runtime = roots
    .flatMap(root => ['lib', 'lib64'].map(name => join(root, name)))
    .find(folder => existsSync(folder) && readdirSync(folder).some(isRuntime))
  if (!headers || !runtime)
    throw new DeepClusteringError('ERR_BUILD_FAILED', `The CUDA runtime and its headers were not found in ${roots.join(' or ')}`)
  return {
    CMAKE_CUDA_COMPILER: nvcc.path,
    DC_CUDA_INCLUDE: join(headers, 'include'),
    DC_CUDART: join(runtime, readdirSync(runtime).filter(isRuntime).sort().at(-1)!)
  }
}

const isRuntime = (name: string): boolean => /^libcudart\.so\.\d+/.test(name)
