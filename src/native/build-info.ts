/** What was built, as `build-info.json` beside the addon says it. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The package's own folder. */
export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url))

/** Where the build puts its products. */
export const productFolder = join(packageRoot, 'build', 'Release')

export const addonFile = 'deep_clustering.node'
export const cudaPluginFile = `deep_clustering_cuda.${process.platform === 'darwin' ? 'dylib' : 'so'}`

/** Written last by a build: where it is missing, the build did not end. */
export interface BuildInfo {
  readonly packageVersion: string
  readonly napiVersion: number
  /** The folder with `include/` and `lib/` that was built with, and is loaded from. */
  readonly libtorch: string
  readonly torchVersion: string
  /** CUDA version of the libtorch, or null. */
  readonly cudaVersion: string | null
  readonly compiler: string
  readonly cxxStandard: 20
  readonly buildType: string
  readonly date: string
  /** Digest of everything that went into the build. */
  readonly digest: string
  /** Digest of the sources of the addon and the plugin alone. */
  readonly sources: string
  /** Files that were built, beside this one. */
  readonly products: readonly string[]
}

/** What was built in a folder; `undefined` if nothing was, or it is not whole. */
export function readBuildInfo(folder = productFolder): BuildInfo | undefined {
  const path = join(folder, 'build-info.json')
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as BuildInfo
  } catch {
    return undefined
  }
}

/** The version of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version
}
