/** Where a wheel comes from: a file that was named, pip, or a package index of which only what is needed is asked. */

import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { isDeepClusteringError } from '../errors.js'
import { packageRoot } from '../native/build-info.js'
import { notFetched } from './failure.js'
import { type IndexedFile, listFiles } from './package-index.js'
import { PartialFile } from './partial-file.js'
import { type Pin, wheelPlatforms } from './pins.js'
import { downloadByPip, isWheelOf, pipDefaultIndex } from './pip.js'
import { indexSettings } from './pip-config.js'
import { openServer, type Server, ServerFailure } from './server.js'

/** A wheel that can be read: one that is there, or one whose bytes come as they are asked for. */
export interface WheelFile {
  readonly name: string
  readonly content: string | PartialFile
}

export interface SourceOptions {
  /** Files of wheels that were brought here otherwise; taken before all others. */
  readonly wheels?: readonly string[] | undefined
  /** Lets pip download whole wheels. */
  readonly pip?: boolean | undefined
  /** Takes wheels of the pinned versions with other digests, as a mirror or a CPU-only index may serve. */
  readonly allowUnpinned?: boolean | undefined
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/** Gives the wheels of pins; what it began of a file of an index stays in its folder until that is removed. */
export class WheelSources {
  readonly #options: SourceOptions
  readonly #of: string
  readonly #folder: string
  #index: { readonly server: Server; readonly addresses: readonly string[] } | undefined

  /**
   * @param of the platform that the wheels are for
   * @param folder where they are put
   */
  constructor(options: SourceOptions, of: string, folder: string) {
    this.#options = options
    this.#of = of
    this.#folder = folder
  }

  /** @throws DeepClusteringError ERR_LIBTORCH_NOT_FOUND if it cannot be had */
  async open(pin: Pin): Promise<WheelFile> {
    const { wheels = [], pip, log, signal } = this.#options
    for (const path of wheels) if (!existsSync(path)) throw notFetched(`there is no ${path}`)
    const given = wheels.find(path => isWheelOf(basename(path), pin) && rankFor(this.#of, basename(path)) < Infinity)
    if (given) return { name: basename(given), content: resolve(given) }
    mkdirSync(this.#folder, { recursive: true })
    if (!pip) return this.#fromIndex(pin)
    const name = await downloadByPip(pin, this.#of, this.#folder, { log, signal })
    return { name, content: join(this.#folder, name) }
  }

  async close(): Promise<void> {
    await this.#index?.server.close()
  }

  async #fromIndex(pin: Pin): Promise<WheelFile> {
    const { signal } = this.#options
    this.#index ??= await this.#openIndex()
    const { server, addresses } = this.#index
    try {
      for (const address of addresses) {
        const file = this.#choose(await listFiles(server, address, pin.name, signal), pin)
        if (file) return { name: file.name, content: await PartialFile.open(join(this.#folder, file.name), file.url, server, signal) }
      }
    } catch (cause) {
      signal?.throwIfAborted()
      throw fetchFailure(cause, pin)
    }
    throw notFetched(`the package index has no wheel of ${pin.name} ${pin.version} for ${this.#of}`)
  }

  async #openIndex(): Promise<{ server: Server; addresses: readonly string[] }> {
    const settings = indexSettings()
    if (settings.noIndex)
      throw notFetched('pip is configured to ask no package index. Name the wheels with --wheel, or set LIBTORCH to a libtorch that you have')
    const main = settings.index ?? (await defaultIndex(this.#options.signal))
    const addresses = [...(main === undefined ? [] : [main]), ...settings.furtherIndexes]
    if (addresses.length === 0)
      throw notFetched(
        'no package index is known. Name one in PIP_INDEX_URL or in pip.conf, or the wheels with --wheel, or set LIBTORCH to a libtorch that you have'
      )
    return { server: await openServer(settings), addresses }
  }

  /** The wheel for this platform: the newest tag first, a local build of the version last. */
  #choose(files: readonly IndexedFile[], pin: Pin): IndexedFile | undefined {
    const own = files.filter(({ name }) => isWheelOf(name, pin) && /-(cp312-cp312|cp3\d+-abi3|py3-none)-/.test(name))
    const rank = ({ name }: IndexedFile): number => rankFor(this.#of, name)
    return own.filter(file => rank(file) < Infinity).sort((a, b) => rank(a) - rank(b))[0]
  }
}

/** How good a wheel is for a platform, by the tags in its name: 0 is best, infinity of no use. */
function rankFor(of: string, name: string): number {
  const ranks = wheelPlatforms(of)
  const tags = name.slice(0, -'.whl'.length).split('-').at(-1)!.split('.')
  const known = tags.map(tag => (tag === 'any' ? ranks.length : ranks.indexOf(tag))).filter(index => index >= 0)
  return Math.min(...known, Infinity) + (name.includes('+') ? 100 : 0)
}

/** The index that is asked where nothing names one: pip's own, as it was when the package was packed, or as the pip here says. */
async function defaultIndex(signal: AbortSignal | undefined): Promise<string | undefined> {
  const { pipIndex } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { readonly pipIndex?: string }
  return pipIndex ?? (await pipDefaultIndex(signal))
}

/** What a fetch tells where the network, the server or the disk failed, or what came is no wheel. */
export function fetchFailure(cause: unknown, { name, version }: Pick<Pin, 'name' | 'version'>): unknown {
  if (isDeepClusteringError(cause)) return cause
  const { message, code } = cause as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return notFetched('the disk is full. Make room, or put the cache elsewhere with DEEP_CLUSTERING_CACHE', cause)
  if (!(cause instanceof ServerFailure))
    return notFetched(`the wheel of ${name} ${version} cannot be unpacked (${message}): it was damaged on its way. Try again`, cause)
  return notFetched(
    `${name} ${version}: ${message}. Is the package index reachable? It is the one that pip would ask (PIP_INDEX_URL, pip.conf); with --pip, pip asks it`,
    cause
  )
}
