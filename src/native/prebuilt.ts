/**
 * The packages of prebuilt addons and of CUDA plugins for this platform, where they are installed: one of each for each version of torch, which
 * find their libtorch by name.
 */

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { musl } from '../libtorch/discover.js'
import { addonFile, cudaPluginFile, packageVersion } from './build-info.js'

const require = createRequire(import.meta.url)

/** Names of the packages of addons and of CUDA plugins for a platform, whether or not there are any. */
export const prebuiltNameFor = (platform: string): string => `@deep-clustering/${platform}`
export const prebuiltCudaNameFor = (platform: string): string => `${prebuiltNameFor(platform)}-cuda`

const platform = `${process.platform}-${process.arch}`
/** Name of the package of addons for this platform. */
export const prebuiltName = prebuiltNameFor(platform)

/** The addon that opens libraries for the others, in the package's folder. */
export const openLibraryFile = 'open_library.node'

/** The folder of an addon, by the major and minor version of torch: `torch-2.15`. */
export const folderFor = (torchVersion: string): string => `torch-${torchVersion.split('.').slice(0, 2).join('.')}`

export interface Prebuilt {
  readonly folder: string
  /** Why it is of no use here, in words; `undefined` if it is. */
  readonly problem: string | undefined
}

/** The installed package of addons; `undefined` where there is none. */
export function findPrebuilt(): Prebuilt | undefined {
  const installed = findPackage(prebuiltName)
  if (!installed) return undefined
  const { folder, version } = installed
  const problem =
    version !== packageVersion()
      ? `${prebuiltName} is of version ${version}, this package of ${packageVersion()}. Install both in the same version`
      : musl()
        ? `${prebuiltName} is made for glibc, and the C library of this system is musl`
        : undefined
  return { folder, problem }
}

function findPackage(name: string): { readonly folder: string; readonly version: string } | undefined {
  try {
    const manifest = require.resolve(`${name}/package.json`)
    return { folder: dirname(manifest), version: (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version }
  } catch {
    return undefined
  }
}

/** The prebuilt addon for a version of torch, if there is one. */
export const prebuiltAddon = ({ folder }: Prebuilt, torchVersion: string): string | undefined => fileFor(folder, torchVersion, addonFile)

/** The prebuilt CUDA plugin for a version of torch, if one of this version of the package is installed. */
export function prebuiltPlugin(torchVersion: string): string | undefined {
  const installed = findPackage(prebuiltCudaNameFor(platform))
  return installed?.version === packageVersion() ? fileFor(installed.folder, torchVersion, cudaPluginFile) : undefined
}

function fileFor(folder: string, torchVersion: string, file: string): string | undefined {
  const path = join(folder, folderFor(torchVersion), file)
  return existsSync(path) ? path : undefined
}
