/** The addon as the rest of the package gets it: loaded at the first need, so that importing never fails. */

import type { Addon } from './addon.js'
import { cudaPluginPath, loadAddon } from './loader.js'

/** What provides the addon. Tests put another one here; it is not part of the public API. */
export interface AddonSource {
  addon(): Addon
  /** Path of the CUDA plugin, whether or not it was built. */
  cudaPlugin(): string
}

let source: AddonSource = { addon: loadAddon, cudaPlugin: cudaPluginPath }

/** The source of the addon. */
export function addonSource(): AddonSource {
  return source
}

/** Replaces the source and returns the one before. */
export function replaceAddonSource(replacement: AddonSource): AddonSource {
  const before = source
  source = replacement
  return before
}
