/** The package of prebuilt addons for this platform, where it is installed: one addon for each version of torch, which finds its libtorch by name. */

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { musl } from '../libtorch/discover.js'
import { addonFile, packageVersion } from './build-info.js'

const require = createRequire(import.meta.url)

/** Name of the package for a platform, whether or not there is one. */
export const prebuiltName = `@deep-clustering/${process.platform}-${process.arch}`

/** The addon that opens libraries for the others, in the package's folder. */
export const openLibraryFile = 'open_library.node'

/** The folder of an addon, by the major and minor version of torch: `torch-2.15`. */
export const folderFor = (torchVersion: string): string => `torch-${torchVersion.split('.').slice(0, 2).join('.')}`

export interface Prebuilt {
  readonly folder: string
  /** Why it is of no use here, in words; `undefined` if it is. */
  readonly problem: string | undefined
}

/** The installed package; `undefined` where there is none. */
export function findPrebuilt(): Prebuilt | undefined {
  let manifest: string
  try {
    manifest = require.resolve(`${prebuiltName}/package.json`)
  } catch {
    return undefined
  }
  const folder = dirname(manifest)
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }
  const problem =
    version !== packageVersion()
      ? `${prebuiltName} is of version ${version}, this package of ${packageVersion()}. Install both in the same version`
      : musl()
        ? `${prebuiltName} is made for glibc, and the C library of this system is musl`
        : undefined
  return { folder, problem }
}

/** The prebuilt addon for a version of torch, if there is one. */
export function prebuiltAddon({ folder }: Prebuilt, torchVersion: string): string | undefined {
  const path = join(folder, folderFor(torchVersion), addonFile)
  return existsSync(path) ? path : undefined
}
