/** Files as this folder reads and writes them: reads with bounds and coded errors, writes that are whole or not there. */

import { randomUUID } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DeepClusteringError } from '../errors.js'
import { formatError, readError, systemError } from '../file-errors.js'

/** A regular file that is open for reading. */
export interface OpenFile {
  /** Bytes. */
  readonly size: number
  /** Exactly `length` bytes from `position` on, in a buffer of their own. @throws DeepClusteringError */
  read(position: number, length: number): Promise<ArrayBuffer>
  /** The error that says what is wrong with what this file holds. */
  wrong(what: string, cause?: unknown): DeepClusteringError
}

/** One read or write of the system is limited to less than 2 GiB. */
const chunk = 2 ** 30

/**
 * Opens a regular file, lets `use` read it, and closes it. Folders, pipes and devices are refused before they are opened:
 * a pipe would wait for a writer, and a device has no end.
 * @param missing what to say where there is no such file
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, ERR_OUT_OF_MEMORY if it does not fit into memory
 */
export async function withFile<T>(path: string, missing: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  const refuse = (cause: unknown): never => {
    throw systemError(path, cause, missing)
  }
  const status = await stat(path).catch(refuse)
  if (!status.isFile()) throw readError(path, 'is not a regular file')
  const handle = await open(path).catch(refuse)
  try {
    const { size } = await handle.stat()
    const read = async (position: number, length: number): Promise<ArrayBuffer> => {
      const buffer = allocate(length, path)
      for (let done = 0; done < length; ) {
        const part = new Uint8Array(buffer, done, Math.min(chunk, length - done))
        const { bytesRead } = await handle.read(part, 0, part.length, position + done).catch(refuse)
        if (bytesRead === 0) throw readError(path, 'became shorter while it was read')
        done += bytesRead
      }
      return buffer
    }
    return await use({ size, read, wrong: (what, cause) => formatError(path, what, cause) })
  } finally {
    await handle.close()
  }
}

function allocate(length: number, path: string): ArrayBuffer {
  try {
    return new ArrayBuffer(length)
  } catch (cause) {
    throw new DeepClusteringError('ERR_OUT_OF_MEMORY', `${path}: ${length} bytes of it do not fit into memory`, {
      path,
      requiredBytes: length,
      cause
    })
  }
}

/** Valid UTF-8 as text. @throws TypeError for anything else */
export const decodeUtf8 = (bytes: ArrayBuffer): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)

/** A file to be put in place: its parts are written one after another, without being joined in memory. */
export interface NewFile {
  readonly path: string
  readonly parts: readonly Uint8Array[]
  /** Where it is written first, in the same folder; by default a name that nobody else uses. */
  readonly temporary?: string
}

/**
 * Writes files beside their places, brings all of them to the disk, and only then moves them into place, in order: nobody
 * ever sees a part of one, and what can fail for want of space or rights has happened before the first file is replaced.
 */
export async function replaceFiles(files: readonly NewFile[]): Promise<void> {
  const staged = files.map(({ path, parts, temporary = `${path}.${randomUUID()}.tmp` }) => ({ path, parts, temporary }))
  let moved = 0
  try {
    for (const { temporary, parts } of staged) {
      const handle = await open(temporary, 'wx')
      try {
        for (const part of parts) await handle.writeFile(part)
        await handle.sync()
      } finally {
        await handle.close()
      }
    }
    for (; moved < staged.length; ++moved) await rename(staged[moved]!.temporary, staged[moved]!.path)
  } catch (error) {
    // Once a file is in place, those that belong to it are worth more than a tidy folder.
    if (moved === 0) for (const { temporary } of staged) await rm(temporary, { force: true })
    throw error
  }
  for (const folder of new Set(staged.map(({ path }) => dirname(path)))) await syncFolder(folder)
}

/** The new names reach the disk too. Windows and some network disks cannot do it for folders: the files themselves are safe. */
async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path)
    await handle.sync().finally(() => handle.close())
  } catch {
    return
  }
}
