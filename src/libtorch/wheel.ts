/** A wheel: what is in it, and unpacking what is needed of it, each file checked. */

import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Entry, fromRandomAccessReader, open, RandomAccessReader, type ZipFile } from 'yauzl'
import type { PartialFile } from './partial-file.js'

/** One file in a wheel. */
export interface Member {
  readonly name: string
  /** Bytes of the wheel that it lies in, with what stands before it; the end is that of what lies behind it. */
  readonly start: number
  readonly end: number
  readonly size: number
  readonly entry: Entry
}

/** Lets the zip library read a file whose bytes come as they are asked for. */
class FetchingReader extends RandomAccessReader {
  readonly #file: PartialFile
  /** Bytes that are fetched at once: the directory is read in small pieces. */
  readAhead = 1 << 20

  constructor(file: PartialFile) {
    super()
    this.#file = file
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: (error: Error | null) => void): void {
    this.#file
      .ensure(position, position + Math.max(length, this.readAhead))
      .then(() => this.#file.read(buffer.subarray(offset, offset + length), position))
      .then(
        () => callback(null),
        error => callback(error as Error)
      )
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.#file.path, { start, end: end - 1, highWaterMark: 1 << 20 })
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null)
  }
}

export class Wheel {
  readonly members: readonly Member[]
  readonly #zip: ZipFile

  private constructor(zip: ZipFile, members: readonly Member[]) {
    this.#zip = zip
    this.members = members
  }

  /** @throws an Error if it is no zip archive */
  static async open(source: string | PartialFile): Promise<Wheel> {
    const options = { lazyEntries: true, autoClose: false } as const
    const reader = typeof source === 'string' ? undefined : new FetchingReader(source)
    const zip = await new Promise<ZipFile>((done, failed) => {
      const take = (error: Error | null, zip: ZipFile): void => (error ? failed(error) : done(zip))
      if (typeof source === 'string') open(source, options, take)
      else fromRandomAccessReader(reader!, source.size, options, take)
    })
    try {
      const entries: Entry[] = []
      await new Promise<void>((done, failed) => {
        zip.on('entry', (entry: Entry) => {
          entries.push(entry)
          zip.readEntry()
        })
        zip.on('end', done)
        zip.on('error', failed)
        zip.readEntry()
      })
      if (reader) reader.readAhead = 0
      entries.sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader)
      const members = entries.map((entry, i) => ({
        name: entry.fileName,
        start: entry.relativeOffsetOfLocalHeader,
        // What stands between the last file and the directory is less than this.
        end: entries[i + 1]?.relativeOffsetOfLocalHeader ?? entry.relativeOffsetOfLocalHeader + entry.compressedSize + (1 << 17),
        size: entry.uncompressedSize,
        entry
      }))
      return new Wheel(zip, members)
    } catch (error) {
      zip.close()
      throw error
    }
  }

  close(): void {
    this.#zip.close()
  }

  /** The members whose names match; no folders. */
  matching(pattern: RegExp): Member[] {
    return this.members.filter(({ name }) => pattern.test(name) && !name.endsWith('/'))
  }

  /** The wheel's list of its files and their digests. */
  get record(): Member | undefined {
    return this.members.find(({ name }) => /^[^/]+\.dist-info\/RECORD$/.test(name))
  }

  async bytes(member: Member, signal: AbortSignal | undefined): Promise<Buffer> {
    const parts: Buffer[] = []
    for await (const part of await this.#stream(member)) {
      signal?.throwIfAborted()
      parts.push(part as Buffer)
    }
    return Buffer.concat(parts)
  }

  /** Unpacks a member into a folder and returns its SHA-256. */
  async unpack(member: Member, folder: string, signal: AbortSignal | undefined): Promise<string> {
    const path = join(folder, member.name)
    await mkdir(dirname(path), { recursive: true })
    const hash = createHash('sha256')
    const hashing = new Transform({
      transform(bytes: Buffer, _, done) {
        hash.update(bytes)
        done(null, bytes)
      }
    })
    const executable = ((member.entry.externalFileAttributes >>> 16) & 0o100) !== 0
    await pipeline(await this.#stream(member), hashing, createWriteStream(path, { mode: executable ? 0o755 : 0o644 }), { signal })
    return hash.digest('hex')
  }

  #stream({ entry }: Member): Promise<Readable> {
    return new Promise((done, failed) => this.#zip.openReadStream(entry, (error, stream) => (error ? failed(error) : done(stream))))
  }
}

/** The SHA-256 of each file that a RECORD names, in hexadecimal. */
export function readRecord(text: string): Map<string, string> {
  const digests = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const [, quoted, plain, digest] = /^(?:"((?:[^"]|"")*)"|([^",]*)),sha256=([\w-]+),\d*$/.exec(line) ?? []
    if (digest !== undefined) digests.set(quoted?.replaceAll('""', '"') ?? plain!, Buffer.from(digest, 'base64url').toString('hex'))
  }
  return digests
}
