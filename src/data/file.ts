/** Reading whole files, with errors that name them. */

import { constants } from 'node:buffer'
import { open, readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { formatError, readError, systemError } from '../file-errors.js'

/** Node reads less than 2 GiB of a file at once. */
const mostBytes = 2 ** 31 - 1

/** The bytes of a file. @throws DeepClusteringError ERR_FILE_NOT_FOUND, or ERR_FILE_READ if it cannot be read or is too large */
export function readBytes(path: string): Promise<Buffer> {
  return readAtMost(path, mostBytes, 'are read at once. Read it in parts into one array, and give that with its shape')
}

/** The text of a file. @throws DeepClusteringError as {@link readBytes} does */
export async function readText(path: string): Promise<string> {
  return (await readAtMost(path, constants.MAX_STRING_LENGTH, 'a text can have. Store it as NPY')).toString('utf8')
}

async function readAtMost(path: string, most: number, bound: string): Promise<Buffer> {
  const { size } = await stat(path).catch(refuse(path))
  if (size > most) throw readError(path, `has ${size} bytes, more than the ${most} that ${bound}`, { requiredBytes: size })
  return readFile(path).catch(refuse(path))
}

/** The first bytes of a file, fewer if it is shorter. @throws DeepClusteringError ERR_FILE_NOT_FOUND or ERR_FILE_READ */
export async function readStart(path: string, length: number): Promise<Buffer> {
  const file = await open(path).catch(refuse(path))
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, 0).catch(refuse(path))
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

const refuse =
  (path: string) =>
  (cause: unknown): never => {
    throw systemError(path, cause)
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
