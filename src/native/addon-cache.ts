/** Addons that were built from source, kept in the user's cache: what `npm ci` takes away, and other checkouts of the same sources, find them again. */

import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../cache-folder.js'
import { type BuildInfo, packageRoot, packageVersion, readBuildInfo } from './build-info.js'

/** How many are kept; one is a few megabytes. */
const mostKept = 20

const root = (): string => join(cacheFolder(), 'addons')

/** Adds the names and bytes of all files in a folder to a digest, but for what is not of the addon. */
export function addSources(hash: ReturnType<typeof createHash>, folder: string, without: readonly string[] = []): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (without.includes(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) addSources(hash, path)
    else hash.update(entry.name).update('\0').update(readFileSync(path)).update('\0')
  }
}

/** Digest of the sources of the addon and the plugin: in an installed package the same as in a clone, which has tests and benchmarks too. */
export function sourcesDigest(): string {
  const hash = createHash('sha256')
  addSources(hash, join(packageRoot, 'native'), ['test', 'bench', 'gpu.sh'])
  return hash.digest('hex')
}

/** A kept addon and what was built with it. */
export interface KeptAddon {
  readonly folder: string
  readonly info: BuildInfo
}

/** What was built of the sources of this package, the newest first. */
export function keptAddons(): KeptAddon[] {
  const found = all()
  if (found.length === 0) return []
  const sources = sourcesDigest()
  return found.filter(({ info }) => info.packageVersion === packageVersion() && info.sources === sources)
}

function all(): KeptAddon[] {
  if (!existsSync(root())) return []
  return readdirSync(root())
    .flatMap(name => {
      const folder = join(root(), name)
      const info = name.endsWith('.tmp') ? undefined : readBuildInfo(folder)
      return info ? [{ folder, info }] : []
    })
    .sort((a, b) => (a.info.date < b.info.date ? 1 : -1))
}

/**
 * Takes kept products into a folder.
 * @param key digest of all that decides what they are
 * @returns what they were built with; `undefined`, and nothing done, where one of them is not kept
 */
export function takeKept(key: string, products: readonly string[], folder: string): BuildInfo | undefined {
  const kept = join(root(), key)
  const info = readBuildInfo(kept)
  if (!info || !products.every(product => info.products.includes(product) && existsSync(join(kept, product)))) return undefined
  for (const product of products) copyFileSync(join(kept, product), join(folder, product))
  return info
}

/** Keeps products of a build; a cache that cannot be written to keeps nothing. */
export function keep(key: string, products: readonly string[], folder: string, info: BuildInfo): void {
  const kept = join(root(), key)
  const staging = `${kept}.${process.pid}.tmp`
  try {
    mkdirSync(staging, { recursive: true })
    for (const product of products) copyFileSync(join(folder, product), join(staging, product))
    writeFileSync(join(staging, 'build-info.json'), `${JSON.stringify({ ...info, products }, null, 2)}\n`)
    rmSync(kept, { recursive: true, force: true })
    renameSync(staging, kept)
    for (const { folder: old } of all().slice(mostKept)) rmSync(old, { recursive: true, force: true })
  } catch {
    rmSync(staging, { recursive: true, force: true })
  }
}
