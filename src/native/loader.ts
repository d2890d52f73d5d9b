/** Loads the addon at the first need, and says what to do where it cannot be loaded. */

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve, sep } from 'node:path'
import { DeepClusteringError } from '../errors.js'
import type { Addon } from './addon.js'
import { addonFile, cudaPluginFile, packageRoot, packageVersion, productFolder, readBuildInfo } from './build-info.js'
import { libtorchLibrary, readVersion } from './libtorch-version.js'
import { withShortSpins } from './openmp.js'

const require = createRequire(import.meta.url)
let loaded: Addon | undefined

/** The command that builds the addon, with its flags: in a checkout, or in a project that installed the package. */
export function buildCommand(...flags: readonly string[]): string {
  const installed = packageRoot.split(sep).includes('node_modules')
  return [installed ? 'npx deep-clustering build' : 'npm run build', ...(installed || flags.length === 0 ? [] : ['--']), ...flags].join(' ')
}

/** Path of the addon: `$DEEP_CLUSTERING_ADDON`, else what the build made. */
export function addonPath(): string {
  const own = process.env['DEEP_CLUSTERING_ADDON']
  return own ? resolve(own) : join(productFolder, addonFile)
}

/** Path of the CUDA plugin, whether or not it was built: beside the addon. */
export function cudaPluginPath(): string {
  return join(addonPath(), '..', cudaPluginFile)
}

/**
 * The native addon; loaded once in a process.
 * @throws DeepClusteringError ERR_ADDON_NOT_BUILT or ERR_LIBTORCH_NOT_FOUND, with the command that mends it
 */
export function loadAddon(): Addon {
  loaded ??= load(addonPath())
  return loaded
}

/** Loads the addon at a path; every way in which it can fail is told apart here. */
export function load(path: string): Addon {
  const cure = `Build it with \`${buildCommand()}\``
  if (!existsSync(path)) throw new DeepClusteringError('ERR_ADDON_NOT_BUILT', `The native addon is not built (there is no ${path}). ${cure}`)
  const info = readBuildInfo(join(path, '..'))
  if (!info && path === join(productFolder, addonFile)) {
    throw new DeepClusteringError(
      'ERR_ADDON_NOT_BUILT',
      `The last build of the native addon did not end, so what lies in ${productFolder} may be old. ${cure}`
    )
  }
  if (info && info.packageVersion !== packageVersion()) {
    throw new DeepClusteringError(
      'ERR_ADDON_NOT_BUILT',
      `The native addon was built for version ${info.packageVersion} of this package, which is now ${packageVersion()}. ${cure}`
    )
  }
  if (info && !existsSync(join(info.libtorch, 'lib', libtorchLibrary))) {
    throw new DeepClusteringError(
      'ERR_LIBTORCH_NOT_FOUND',
      `The libtorch that the native addon was built with is no longer at ${info.libtorch}. Move it back, or build again with \`${buildCommand()}\` (it finds or fetches another one)`
    )
  }
  // An upgrade in place: C++ promises nothing between versions, and not every difference shows as a missing symbol.
  const now = info ? readVersion(info.libtorch).version : ''
  if (info && now !== '' && now !== info.torchVersion) {
    throw new DeepClusteringError(
      'ERR_ADDON_NOT_BUILT',
      `The native addon was built with torch ${info.torchVersion}, but at ${info.libtorch} is now ${now}. ${cure}`
    )
  }
  try {
    return withShortSpins(() => require(path) as Addon)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why =
      code === 'ERR_DLOPEN_DISABLED'
        ? 'this process may load no native addons. Start Node with --allow-addons, or without --no-addons'
        : explain(message)
    throw new DeepClusteringError('ERR_ADDON_NOT_BUILT', `The native addon at ${path} cannot be loaded: ${why}`, { cause })
  }
}

/** What the dynamic loader's message means. */
function explain(message: string): string {
  const again = `Build it again with \`${buildCommand('--force')}\``
  const library = /(lib\S+): cannot open shared object file/.exec(message)?.[1]
  if (library?.startsWith('libtorch') || library?.startsWith('libc10'))
    return `${library} is missing; the libtorch that it was built with was moved or is not whole. ${again}`
  if (library) return `the library ${library} is missing. Install it, or see \`deep-clustering inspect\``
  if (/GLIBC(XX)?_\S+' not found/.test(message)) return `it was built on a newer system than this one (${message}). ${again}`
  if (/undefined symbol/.test(message)) return `libtorch is another version than it was built with (${message}). ${again}`
  if (/invalid ELF header|wrong ELF class|not a mach-o|incompatible architecture/i.test(message))
    return `it was built for another kind of machine. ${again}`
  return `${message}. ${again}`
}

/** Whether the addon could be loaded, without loading it. */
export function addonStatus(): { readonly path: string; readonly built: boolean; readonly info: ReturnType<typeof readBuildInfo> } {
  const path = addonPath()
  return { path, built: existsSync(path), info: readBuildInfo(join(path, '..')) }
}
