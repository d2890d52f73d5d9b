/** Reading files, with errors that name them. */

import { type FileHandle, open, readFile } from 'node:fs/promises'
import { formatError, systemError } from '../file-errors.js'

export const refuse =
  (path: string) =>
  (cause: unknown): never => {
    throw systemError(path, cause)
  }

/** The bytes of a file that is held whole: an image. @throws DeepClusteringError ERR_FILE_NOT_FOUND or ERR_FILE_READ */
export const readBytes = (path: string): Promise<Buffer> => readFile(path).catch(refuse(path))

/** @throws DeepClusteringError ERR_FILE_NOT_FOUND or ERR_FILE_READ */
export const openFile = (path: string): Promise<FileHandle> => open(path).catch(refuse(path))

/** Reads until `target` is full or the file ends. @returns how many bytes there were */
export async function readUpTo(path: string, file: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let length = 0
  while (length < target.length) {
    const { bytesRead } = await file.read(target, length, target.length - length, position + length).catch(refuse(path))
    if (bytesRead === 0) break
    length += bytesRead
  }
  return length
}

/** Fills `target`. @throws DeepClusteringError ERR_FILE_FORMAT if the file ends before, ERR_FILE_READ */
export async function readExactly(path: string, file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  const length = await readUpTo(path, file, target, position)
  if (length < target.length) throw formatError(path, `ends at byte ${position + length}: it was longer when its header was read`)
}

/** The first bytes of a file, fewer if it is shorter, and the size of all of it. @throws DeepClusteringError ERR_FILE_NOT_FOUND or ERR_FILE_READ */
export async function readStart(path: string, length: number): Promise<{ readonly start: Buffer; readonly size: number }> {
  await using file = await openFile(path)
  const { size } = await file.stat().catch(refuse(path))
  const buffer = Buffer.alloc(Math.min(length, size))
  return { start: buffer.subarray(0, await readUpTo(path, file, buffer, 0)), size }
}
