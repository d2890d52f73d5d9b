/**
 * Files in the cache folder that hold items as native code reads them: what is large and lies otherwise is written to one, once. The numbers
 * come first; what they are stands in JSON at the end, then its length and a mark. A file has its name only when it is whole.
 */

import { createHash, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { alive, cacheFolder } from '../cache-folder.js'
import { writeError } from '../file-errors.js'
import type { FileDataset } from './dataset.js'

export const spoolFolder = (): string => join(cacheFolder(), 'spool')

/** What a spool holds. */
type SpoolHead = Pick<FileDataset, 'type' | 'shape' | 'features'>

/** Which items a spool holds: of these files as they are now, read in this way. */
export interface SpoolKey {
  /** The same for the same files, whatever is in them. */
  readonly place: string
  /** The same for the same content. */
  readonly state: string
}

const mark = 'DCSPOOL1'
const tailBytes = 8 + mark.length

/** A spool that nobody asked for in so long is removed. */
const keptDays = 30

const day = 24 * 60 * 60 * 1000

const digest = (parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)

/** The key of what some files hold. They are there: they were looked at before. */
export async function spoolKey(paths: readonly string[]): Promise<SpoolKey> {
  const states: unknown[] = []
  for (const path of paths) {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true })
    states.push([String(size), String(mtimeNs), String(ino)])
  }
  return { place: digest(paths), state: digest([mark, ...states]) }
}

const fileOf = ({ place, state }: SpoolKey): string => join(spoolFolder(), `${place}-${state}`)

/** The finished spool of a key, if there is one. */
export async function findSpool(key: SpoolKey): Promise<FileDataset | undefined> {
  const path = fileOf(key)
  const file = await open(path).catch(() => undefined)
  if (!file) return undefined
  try {
    const head = await readTail(file)
    if (!head) return undefined
    // Its time says when it was last of use.
    await file.utimes(new Date(), new Date()).catch(() => undefined)
    return datasetOf(path, head)
  } finally {
    await file.close()
  }
}

async function readTail(file: FileHandle): Promise<SpoolHead | undefined> {
  const { size } = await file.stat()
  const tail = Buffer.alloc(tailBytes)
  if (size < tailBytes) return undefined
  await file.read(tail, 0, tailBytes, size - tailBytes)
  const length = Number(tail.readBigUInt64LE(0))
  if (tail.toString('latin1', 8) !== mark || length > size - tailBytes) return undefined
  const json = Buffer.alloc(length)
  await file.read(json, 0, length, size - tailBytes - length)
  return JSON.parse(json.toString('utf8')) as SpoolHead
}

const datasetOf = (path: string, { type, shape, features }: SpoolHead): FileDataset => ({
  files: [{ path, offset: 0, items: shape[0]! }],
  type,
  shape,
  ...(features && { features })
})

/** What no other process may use is removed with the files that it was made for, or with this process. */
const own = new Set<string>()
const collected = new FinalizationRegistry<string>(path => {
  own.delete(path)
  rm(path, { force: true }).catch(() => undefined)
})

function removeAtExit(path: string): void {
  if (own.size === 0) {
    process.once('exit', () => {
      for (const left of own) rmSync(left, { force: true })
    })
  }
  own.add(path)
}

/** A spool while it is written. */
export class Spool {
  readonly #path: string
  readonly #file: FileHandle
  #length = 0

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  /** Where it is written; another place when it is finished and has a key. */
  get path(): string {
    return this.#path
  }

  /** @throws DeepClusteringError ERR_FILE_WRITE */
  static async create(): Promise<Spool> {
    const folder = spoolFolder()
    const path = join(folder, `${randomUUID()}.${hostname()}.${process.pid}.part`)
    try {
      await mkdir(folder, { recursive: true })
      await removeStale(folder)
      return new Spool(path, await open(path, 'wx', 0o600))
    } catch (cause) {
      throw writeError(path, cause)
    }
  }

  /** @throws DeepClusteringError ERR_FILE_WRITE */
  async write(data: Float32Array | Uint8Array): Promise<void> {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#length)
        at += bytesWritten
        this.#length += bytesWritten
      }
    } catch (cause) {
      throw writeError(this.#path, cause)
    }
  }

  /** Closes it. With a key it gets the name by which it is found again; without one it is removed when nobody holds the dataset any more. */
  async finish(head: SpoolHead, key: SpoolKey | undefined): Promise<FileDataset> {
    const json = Buffer.from(JSON.stringify({ type: head.type, shape: head.shape, features: head.features }))
    const tail = Buffer.alloc(tailBytes)
    tail.writeBigUInt64LE(BigInt(json.length))
    tail.write(mark, 8, 'latin1')
    await this.write(Buffer.concat([json, tail]))
    try {
      await this.#file.close()
      if (key) {
        const path = fileOf(key)
        await rename(this.#path, path)
        await removeOlder(key)
        return datasetOf(path, head)
      }
    } catch (cause) {
      throw writeError(this.#path, cause)
    }
    const dataset = datasetOf(this.#path, head)
    removeAtExit(this.#path)
    collected.register(dataset.files, this.#path)
    return dataset
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    await rm(this.#path, { force: true })
  }
}

/** Removes what dead processes left half-written, and what nobody has asked for in long. */
async function removeStale(folder: string): Promise<void> {
  const old = Date.now() - keptDays * day
  for (const name of await readdir(folder)) {
    const [, host, pid] = /^[^.]+\.(.+)\.(\d+)\.part$/.exec(name) ?? []
    const path = join(folder, name)
    const modified = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity
    if (host === hostname() ? !alive(Number(pid)) : modified < old) await rm(path, { force: true })
  }
}

/** Removes what the same files held before they were changed. */
async function removeOlder(key: SpoolKey): Promise<void> {
  for (const name of await readdir(spoolFolder())) {
    const path = join(spoolFolder(), name)
    if (name.startsWith(`${key.place}-`) && path !== fileOf(key)) await rm(path, { force: true })
  }
}
