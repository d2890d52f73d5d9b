/** A file on a server of which only the bytes that are asked for are fetched, into a file of the same size with holes. */

import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, networkReason, type Server, ServerFailure } from './server.js'

const blockSize = 256 * 1024
/** How often in a row a request may fail before anything came. */
const mostFailures = 5
/** Bytes between two records of what is there: a process that is killed loses so much. */
const recordEvery = 16 << 20

/** What is known of a file that was begun, beside it. */
interface Begun {
  readonly size: number
  /** What the server says to tell one version of the file from another. */
  readonly tag: string | null
  /** One character a block: `1` where it is there. */
  readonly blocks: string
}

/** The server's answer is of no use, and asking again would not help. */
class Refused extends ServerFailure {}

/** The connection broke again and again: what came is kept, and later asked for no more. */
export class ConnectionLost extends ServerFailure {}

export class PartialFile {
  readonly path: string
  readonly #url: string
  readonly #server: Server
  readonly #signal: AbortSignal | undefined
  #file!: FileHandle
  #size = 0
  #tag: string | null = null
  #blocks = new Uint8Array()
  #unrecorded = 0
  /** Told how many bytes came. */
  onBytes: (count: number) => void = () => undefined

  private constructor(path: string, url: string, server: Server, signal: AbortSignal | undefined) {
    this.path = path
    this.#url = url
    this.#server = server
    this.#signal = signal
  }

  /** Opens a file that was begun before, or begins it. `close` keeps it and `remove` does not. */
  static async open(path: string, url: string, server: Server, signal: AbortSignal | undefined): Promise<PartialFile> {
    const partial = new PartialFile(path, url, server, signal)
    const begun = await partial.#begun()
    partial.#file = await open(path, begun ? 'r+' : 'w+')
    try {
      if (begun) partial.#resize(begun.size, begun.tag, begun.blocks)
      // Any bytes tell how large the file is, and whether ranges can be had.
      else await partial.#persist(() => partial.#request(0, blockSize))
    } catch (error) {
      await partial.remove()
      throw error
    }
    return partial
  }

  get size(): number {
    return this.#size
  }

  /** Bytes that `ensure` would have to fetch for a range. */
  missing(start: number, end: number): number {
    return this.#runs(start, end).reduce((sum, [from, to]) => sum + to - from, 0)
  }

  /** Fetches what is missing of the bytes from `start` up to `end`; goes on where a connection broke. */
  async ensure(start: number, end: number): Promise<void> {
    await this.#persist(async () => {
      for (const [from, to] of this.#runs(start, end)) await this.#request(from, to)
    })
  }

  async read(buffer: Buffer, start: number): Promise<void> {
    await this.ensure(start, start + buffer.length)
    await this.#file.read(buffer, 0, buffer.length, start)
  }

  async close(): Promise<void> {
    await this.#record().catch(() => undefined)
    await this.#file.close()
  }

  async remove(): Promise<void> {
    await this.#file.close()
    await Promise.all([rm(this.path, { force: true }), rm(this.#recordPath, { force: true })])
  }

  get #recordPath(): string {
    return `${this.path}.blocks`
  }

  async #begun(): Promise<Begun | undefined> {
    try {
      const begun = JSON.parse(await readFile(this.#recordPath, 'utf8')) as Begun
      return begun.blocks.length === Math.ceil(begun.size / blockSize) ? begun : undefined
    } catch {
      return undefined
    }
  }

  async #record(): Promise<void> {
    this.#unrecorded = 0
    const begun: Begun = { size: this.#size, tag: this.#tag, blocks: this.#blocks.join('') }
    await writeFile(`${this.#recordPath}.new`, JSON.stringify(begun))
    await rename(`${this.#recordPath}.new`, this.#recordPath)
  }

  #resize(size: number, tag: string | null, blocks = ''): void {
    this.#size = size
    this.#tag = tag
    this.#blocks = Uint8Array.from({ length: Math.ceil(size / blockSize) }, (_, i) => Number(blocks[i] ?? 0))
  }

  /** Missing runs of blocks that cover a range. */
  #runs(start: number, end: number): [number, number][] {
    const runs: [number, number][] = []
    for (let block = Math.floor(start / blockSize); block * blockSize < Math.min(end, this.#size); ++block) {
      if (this.#blocks[block]) continue
      const to = Math.min(this.#size, (block + 1) * blockSize)
      if (runs.at(-1)?.[1] === block * blockSize) runs.at(-1)![1] = to
      else runs.push([block * blockSize, to])
    }
    return runs
  }

  /** Asks until `work` is done; only when nothing comes several times in a row it is given up. */
  async #persist(work: () => Promise<void>): Promise<void> {
    for (let failures = 0; ; ) {
      const before = this.#blocks.reduce((sum, there) => sum + there, 0)
      try {
        return await work()
      } catch (error) {
        this.#signal?.throwIfAborted()
        if (error instanceof Refused || isOfTheDisk(error)) throw error
        failures = this.#blocks.reduce((sum, there) => sum + there, 0) > before ? 1 : failures + 1
        if (failures >= mostFailures)
          throw new ConnectionLost(`the connection broke ${failures} times in a row (${networkReason(error)})`, { cause: error })
        await sleep(200 * 2 ** (failures - 1), undefined, this.#signal && { signal: this.#signal }).catch(() => this.#signal?.throwIfAborted())
      }
    }
  }

  /** One request, and all blocks that are whole in its answer. */
  async #request(from: number, to: number): Promise<void> {
    const headers = { range: `bytes=${from}-${to - 1}`, ...(this.#tag && { 'if-range': this.#tag }) }
    const answer = await this.#server.get(this.#url, headers, this.#signal)
    if (answer.status === 206) {
      const [, start, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.header('content-range') ?? '') ?? []
      if (start === undefined || Number(start) !== from) throw new Refused(`the server of the files answered another range than was asked for`)
      await this.#begin(Number(size), answer)
      await this.#take(answer, from)
    } else if (answer.status === 200) {
      // No ranges here, or the file is another one by now: all of it comes.
      this.#resize(0, null)
      await this.#begin(Number(answer.header('content-length')), answer)
      await this.#take(answer, 0)
    } else {
      await answer.cancel()
      const message = `the server of the files answered with status ${answer.status}`
      throw answer.status >= 500 || answer.status === 429 ? new Error(message) : new Refused(message)
    }
    if (this.#runs(from, to).length > 0) throw new Error('it ended early')
  }

  async #begin(size: number, answer: Answer): Promise<void> {
    if (this.#size === size && size > 0) return
    if (!(size > 0)) throw new Refused('the server of the files does not tell how large they are')
    if (this.#size > 0) throw new Refused('the file on the server changed while it was fetched')
    await this.#file.truncate(0)
    await this.#file.truncate(size)
    // A weak tag tells nothing of bytes.
    const tag = answer.header('etag')
    this.#resize(size, tag?.startsWith('"') ? tag : null)
  }

  async #take(answer: Answer, from: number): Promise<void> {
    let position = from
    let pending: Uint8Array[] = []
    let held = 0
    const write = async (length: number): Promise<void> => {
      const bytes = Buffer.concat(pending)
      await this.#file.write(bytes, 0, length, position)
      for (let block = position / blockSize; block * blockSize < position + length; ++block) this.#blocks[block] = 1
      position += length
      pending = [bytes.subarray(length)]
      held -= length
      this.#unrecorded += length
      if (this.#unrecorded >= recordEvery) await this.#record()
    }
    try {
      for await (const bytes of answer.body ?? []) {
        this.onBytes(bytes.length)
        pending.push(bytes)
        held += bytes.length
        if (held >= 4 * blockSize) await write(held - (held % blockSize))
        this.#signal?.throwIfAborted()
      }
    } finally {
      // Also of an answer that broke off.
      const whole = position + held >= this.#size ? held : held - (held % blockSize)
      if (whole > 0) await write(whole)
    }
  }
}

/** Whether an error is one of writing, not of the network. */
const isOfTheDisk = (error: unknown): boolean => ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '')
