/** Which libtorch lies in a folder, told by its files without loading it. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The library that every build has, in `lib/` of a libtorch. */
export const libtorchLibrary = process.platform === 'darwin' ? 'libtorch_cpu.dylib' : 'libtorch_cpu.so'

/**
 * Version and CUDA version of a libtorch, from the files that wheels, archives and headers have.
 * @param path a folder with `include/` and `lib/`
 * @returns a version like `2.15.0`, empty if unknown, and a CUDA version like `13.2`, `null` for a build without CUDA
 */
export function readVersion(path: string): { readonly version: string; readonly cuda: string | null } {
  const read = (...parts: string[]): string => {
    const file = join(path, ...parts)
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }
  const python = read('version.py')
  const header = read('include', 'torch', 'headeronly', 'version.h') || read('include', 'torch', 'csrc', 'api', 'include', 'torch', 'version.h')
  const macro = (name: string): string => new RegExp(`define TORCH_VERSION_${name} (\\d+)`).exec(header)?.[1] ?? ''
  const named = /__version__ = '([^']+)'/.exec(python)?.[1] ?? read('build-version').trim()
  const full = named || (macro('MAJOR') && `${macro('MAJOR')}.${macro('MINOR')}.${macro('PATCH')}`)
  const cuda = /^cuda.* = '([\d.]+)'/m.exec(python)?.[1] ?? /\+cu(\d+)(\d)$/.exec(full)?.slice(1).join('.') ?? null
  return { version: /^\d+\.\d+\.\d+/.exec(full)?.[0] ?? '', cuda }
}
