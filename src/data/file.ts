/** Reading whole files, with errors that name them. */

import { open, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { DeepClusteringError } from '../errors.js'

/** The error of a file that is not what its format says. */
export function formatError(path: string, what: string, cause?: unknown): DeepClusteringError {
  return new DeepClusteringError('ERR_FILE_FORMAT', `${path}: ${what}`, cause === undefined ? undefined : { cause })
}

/** The bytes of a file. @throws DeepClusteringError ERR_FILE_FORMAT if it cannot be read, with the system's error as cause */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : `cannot be read (${(cause as Error).message})`
    throw formatError(path, reason, cause)
  }
}

/** The first bytes of a file, fewer if it is shorter. */
export async function readStart(path: string, length: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * Unpacks gzip data to at most `limit` bytes: what a header declares bounds what is allocated.
 * @throws DeepClusteringError ERR_FILE_FORMAT if the data are damaged or unpack to more
 */
export async function unpack(path: string, packed: Buffer, limit: number): Promise<Buffer> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: limit })
  } catch (cause) {
    const tooLong = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    throw formatError(
      path,
      tooLong ? `unpacks to more than the ${limit} bytes that it declares` : `is not a whole gzip file (${(cause as Error).message})`,
      cause
    )
  }
}
