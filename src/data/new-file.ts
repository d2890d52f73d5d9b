/** Files that are there when they are whole, or not at all. */

import { randomUUID } from 'node:crypto'
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { writeError } from '../file-errors.js'

/**
 * Writes a file under another name beside its place, and moves it there when it is whole. A link stays one; what is no file (a pipe, a device) is written
 * where it is.
 * @throws DeepClusteringError ERR_FILE_WRITE if there cannot be such a file; what `write` throws
 */
export async function writeFileWhole(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const place = await realpath(path).catch(() => path)
  const before = await stat(place).catch(() => undefined)
  const inPlace = before !== undefined && !before.isFile()
  const written = inPlace ? place : `${place}.${randomUUID()}.tmp`
  const file = await open(written, inPlace ? 'w' : 'wx', before?.mode).catch((cause: unknown) => {
    throw writeError(path, cause)
  })
  try {
    await write(file).finally(() => file.close())
    if (!inPlace) await rename(written, place)
  } catch (error) {
    if (!inPlace) await rm(written, { force: true })
    throw error
  }
}

/** All of the bytes, at a position or after what was written before. */
export async function writeBytes(file: FileHandle, bytes: Uint8Array, position: number | null = null): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    // The system writes less than 2 GiB at once.
    const length = Math.min(bytes.length - at, writtenBytes)
    at += (await file.write(bytes, at, length, position === null ? null : position + at)).bytesWritten
  }
}

const writtenBytes = 2 ** 26
