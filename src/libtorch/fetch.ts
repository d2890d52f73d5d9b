/** Fetches libtorch into the cache: pinned, verified, only what is needed, whole or not at all. */

import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { libtorchCache, withLock } from './cache.js'
import { musl } from './discover.js'
import { notFetched } from './failure.js'
import { ConnectionLost, PartialFile } from './partial-file.js'
import { type Part, type Pin, platform, sharesOf, torchVersion, torchVersions } from './pins.js'
import { readRecord, Wheel } from './wheel.js'
import { fetchFailure, type SourceOptions, WheelSources } from './wheel-sources.js'

export interface FetchOptions extends SourceOptions {
  /** Told how many bytes of those that must come have come. */
  readonly progress?: ((done: number, total: number) => void) | undefined
}

/** Where a fetch puts its `torch/` folder, whether or not it is there. */
export const fetchedLibtorch = (version = torchVersion): string => join(libtorchCache(), `${version}-pip`, 'torch')

/**
 * Makes sure that the cache holds libtorch, with its headers and its CUDA part if asked for, and returns its `torch/` folder.
 * @throws DeepClusteringError ERR_LIBTORCH_NOT_FOUND with the cause: no wheels for this platform, no index, wrong digests, a full disk
 */
export async function fetchLibtorch(
  options: FetchOptions & { readonly version?: string | undefined; readonly headers?: boolean | undefined; readonly cuda?: boolean | undefined }
): Promise<string> {
  const { version = torchVersion } = options
  const parts: Part[] = ['cpu', ...(options.headers ? (['headers'] as const) : []), ...(options.cuda ? (['cuda'] as const) : [])]
  await fetchParts(parts, { version, of: platform, folder: dirname(fetchedLibtorch(version)) }, options)
  return fetchedLibtorch(version)
}

/**
 * Makes sure that the cache holds what prebuilt addons for a platform are compiled and linked with, and, where there is CUDA, their plugins;
 * nothing is loaded from there.
 * @returns its `torch/` folder
 * @throws DeepClusteringError as {@link fetchLibtorch}
 */
export async function fetchForLinking(of: string, options: FetchOptions & { readonly version: string }): Promise<string> {
  const { version } = options
  const folder = join(libtorchCache(), `${version}-for-${of}`)
  await fetchParts(['cpu', 'headers', ...(of === 'linux-x64' ? (['link'] as const) : [])], { version, of, folder }, options)
  return join(folder, 'torch')
}

/**
 * Makes sure that the cache holds nvcc, in the `nvidia/` beside {@link fetchedLibtorch}.
 * @throws DeepClusteringError as {@link fetchLibtorch}
 */
export async function fetchToolchain(options: FetchOptions): Promise<void> {
  await fetchParts(['toolchain'], { version: torchVersion, of: platform, folder: dirname(fetchedLibtorch()) }, options)
}

/** Which libtorch is fetched, and where to. */
interface Wanted {
  readonly version: string
  /** For which platform. */
  readonly of: string
  readonly folder: string
}

async function fetchParts(parts: readonly Part[], wanted: Wanted, options: FetchOptions): Promise<void> {
  const { version, of, folder } = wanted
  const missing = (): Part[] => parts.filter(part => !isComplete(part, wanted, parts.includes('cuda')))
  if (missing().length === 0) return
  if (musl()) throw notFetched('the wheels are made for glibc, and the C library of this system is musl. Set LIBTORCH to a libtorch that you have')
  for (const part of missing()) {
    if (sharesOf(part, version, of)) continue
    const known = torchVersions(of).join(', ')
    throw notFetched(
      `there are no ${part} wheels of torch ${version} for ${of}${known === '' ? '' : ` (torch ${known} are known)`}. Set LIBTORCH to a libtorch that you have`
    )
  }
  await withLock(
    `${folder}.lock`,
    holder => options.log(`waiting for another process that fetches libtorch (${holder})`),
    async () => {
      // What an interrupted fetch of this version left behind: the lock is ours. Other versions have their own.
      for (const entry of readdirSync(libtorchCache())) {
        if (entry.startsWith(`${basename(folder)}.`) && entry.endsWith('.tmp')) rmSync(join(libtorchCache(), entry), { recursive: true, force: true })
      }
      if (missing().length > 0) await new Fetch(wanted, options).run(missing())
    },
    options.signal
  )
}

/** A wheel of which files are taken, and the digests that they must have. */
interface Trusted {
  readonly pin: Pin
  readonly wheel: Wheel
  /** What its bytes are in: whole, or as far as they came. */
  readonly content: string | PartialFile
  /** SHA-256 by file; `undefined` where the whole wheel is pinned instead. */
  readonly digests: ReadonlyMap<string, string> | undefined
  readonly cpuOnly: boolean
}

/** One fetch of some parts, by a process that holds the lock. */
class Fetch {
  readonly #wanted: Wanted
  readonly #options: FetchOptions
  /** What came of wheels: kept where a connection broke, so that the next fetch goes on from there. */
  readonly #downloads: string
  /** Beside the folder, on the same file system. */
  readonly #staging: string
  readonly #sources: WheelSources
  readonly #opened = new Map<string, Trusted>()
  #done = 0
  #total = 0

  constructor(wanted: Wanted, options: FetchOptions) {
    this.#wanted = wanted
    this.#options = options
    this.#downloads = `${wanted.folder}.part`
    this.#staging = `${wanted.folder}.${process.pid}.tmp`
    this.#sources = new WheelSources(options, wanted.of, options.pip ? join(this.#staging, 'wheels') : this.#downloads)
  }

  async run(parts: readonly Part[]): Promise<void> {
    const { folder } = this.#wanted
    let keep = false
    try {
      const plan: { part: Part; wheels: { trusted: Trusted; members: RegExp }[] }[] = []
      for (const part of parts) plan.push({ part, wheels: await this.#openPart(part) })
      this.#sizes(plan.flatMap(({ wheels }) => wheels))
      for (const { part, wheels } of plan) {
        const tree = join(this.#staging, part)
        for (const { trusted, members } of wheels) await this.#unpack(trusted, members, tree)
        mkdirSync(folder, { recursive: true })
        merge(tree, folder)
        writeFileSync(join(folder, `.${part}`), wheels[0]!.trusted.cpuOnly ? cpuOnlyContents(this.#wanted.version) : contentsOf(part, this.#wanted))
      }
      // Blocks at the ends of neighbours were counted twice.
      if (this.#total > 0) this.#options.progress?.(this.#total, this.#total)
    } catch (error) {
      // Damaged bytes and a full disk are no start for the next fetch.
      keep = this.#options.signal?.aborted === true || (error as Error).cause instanceof ConnectionLost
      throw error
    } finally {
      for (const { wheel, content } of this.#opened.values()) {
        wheel.close()
        if (content instanceof PartialFile) await content.close()
      }
      await this.#sources.close()
      for (const left of keep ? [this.#staging] : [this.#staging, this.#downloads]) rmSync(left, { recursive: true, force: true })
    }
  }

  async #openPart(part: Part): Promise<{ trusted: Trusted; members: RegExp }[]> {
    const wheels: { trusted: Trusted; members: RegExp }[] = []
    for (const { pin, members } of sharesOf(part, this.#wanted.version, this.#wanted.of)!) {
      // torch comes first. A CPU-only one needs nothing of NVIDIA's, and the index that serves it often has nothing of it.
      if (wheels[0]?.trusted.cpuOnly) break
      const trusted = await this.#open(pin)
      if (trusted.cpuOnly && (part === 'cuda' || part === 'link'))
        throw notFetched('the package index serves a CPU-only torch. Take one that serves the CUDA build')
      wheels.push({ trusted, members })
    }
    return wheels
  }

  async #open(pin: Pin): Promise<Trusted> {
    const before = this.#opened.get(pin.name)
    if (before) return before
    const { name, content } = await this.#sources.open(pin)
    const wheel = await this.#try(pin, async () => {
      try {
        return await Wheel.open(content)
      } catch (error) {
        if (content instanceof PartialFile) await content.close()
        throw error
      }
    })
    // First here: who is here is closed, whatever happens.
    const opened = { pin, wheel, content, digests: undefined, cpuOnly: name.includes('+cpu') }
    this.#opened.set(pin.name, opened)
    const trusted = { ...opened, digests: await this.#digestsOf(opened) }
    if (trusted.digests === undefined && typeof content === 'string') await this.#verifyWhole(pin, content)
    this.#opened.set(pin.name, trusted)
    return trusted
  }

  /** The digests of the files in a wheel, as its RECORD has them, if that is the pinned one. */
  async #digestsOf({ pin, wheel, content }: Trusted): Promise<ReadonlyMap<string, string> | undefined> {
    const { allowUnpinned, signal } = this.#options
    const { record } = wheel
    if (pin.record === undefined && !(allowUnpinned && record)) return undefined
    if (!record) throw notFetched(`the wheel of ${pin.name} ${pin.version} has no RECORD`)
    const text = await this.#try(pin, async () => {
      if (content instanceof PartialFile) await content.ensure(record.start, record.end)
      return wheel.bytes(record, signal)
    })
    const digest = createHash('sha256').update(text).digest('hex')
    if (digest !== pin.record && !allowUnpinned) throw otherDigest(`the RECORD in the wheel of ${pin.name} ${pin.version}`, digest, pin.record!)
    return readRecord(text.toString('utf8'))
  }

  /** What must come is known before anything large does. */
  #sizes(wheels: readonly { trusted: Trusted; members: RegExp }[]): void {
    for (const { trusted, members } of wheels) {
      const { content } = trusted
      if (!(content instanceof PartialFile)) continue
      for (const [start, end] of rangesOf(trusted, members, content)) this.#total += content.missing(start, end)
      content.onBytes = count => {
        this.#done = Math.min(this.#done + count, this.#total)
        this.#options.progress?.(this.#done, this.#total)
      }
    }
    if (this.#total > 0) this.#options.log(`fetching libtorch ${this.#wanted.version}: ${megabytes(this.#total)} MB`)
  }

  async #unpack(trusted: Trusted, pattern: RegExp, tree: string): Promise<void> {
    const { pin, wheel, content, digests } = trusted
    const { signal } = this.#options
    await this.#try(pin, async () => {
      if (content instanceof PartialFile) for (const [start, end] of rangesOf(trusted, pattern, content)) await content.ensure(start, end)
      if (digests === undefined && content instanceof PartialFile) await this.#verifyWhole(pin, content.path)
      mkdirSync(tree, { recursive: true })
      for (const member of wheel.matching(pattern)) {
        signal?.throwIfAborted()
        const digest = await wheel.unpack(member, tree, signal)
        const wanted = digests?.get(member.name)
        if (digests && digest !== wanted)
          throw notFetched(
            `${member.name} in the wheel of ${pin.name} ${pin.version} has the SHA-256 ${digest}, its RECORD says ${wanted ?? 'nothing'}: it was damaged on its way. Try again`
          )
      }
    })
  }

  async #verifyWhole(pin: Pin, path: string): Promise<void> {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      this.#options.signal?.throwIfAborted()
      hash.update(chunk as Buffer)
    }
    const digest = hash.digest('hex')
    if (digest !== pin.sha256 && !this.#options.allowUnpinned) throw otherDigest(`the wheel of ${pin.name} ${pin.version}`, digest, pin.sha256)
  }

  async #try<T>(pin: Pin, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      this.#options.signal?.throwIfAborted()
      throw fetchFailure(cause, pin)
    }
  }
}

/** What of a wheel must be there to take some of its files: all of it, where that is what is pinned. */
function rangesOf({ wheel, digests }: Trusted, pattern: RegExp, content: PartialFile): [number, number][] {
  if (digests === undefined) return [[0, content.size]]
  const ranges: [number, number][] = []
  for (const { start, end } of wheel.matching(pattern)) {
    if (ranges.at(-1)?.[1] === start) ranges.at(-1)![1] = end
    else ranges.push([start, end])
  }
  return ranges
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)

function otherDigest(what: string, digest: string, pinned: string): Error {
  return notFetched(
    `${what} has the SHA-256 ${digest}, pinned is ${pinned}. ` +
      'If your package index serves another build on purpose (a CPU-only index, for example), pass --allow-unpinned'
  )
}

/** What the marker of a part says: the wheels in it. */
const contentsOf = (part: Part, { version, of }: Wanted): string =>
  (sharesOf(part, version, of) ?? []).map(({ pin }) => `${pin.name}==${pin.version}\n`).join('')

const cpuOnlyContents = (version: string): string => `torch==${version}+cpu\n`

/** Whether the folder holds a part, of the wheels that are pinned now; to which, if it shall get a CUDA part, one can be added. */
function isComplete(part: Part, wanted: Wanted, cuda: boolean): boolean {
  const marker = join(wanted.folder, `.${part}`)
  if (!existsSync(marker)) return false
  const contents = readFileSync(marker, 'utf8')
  return contents === contentsOf(part, wanted) || (!cuda && contents === cpuOnlyContents(wanted.version))
}

/** Moves every file of a tree into another one. */
function merge(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const target = join(to, entry.name)
    if (entry.isDirectory() && existsSync(target)) merge(join(from, entry.name), target)
    else renameSync(join(from, entry.name), target)
  }
}
