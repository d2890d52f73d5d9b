/** The errors of files: missing, not readable, not what their format says, or not to be written. */

import { isAbsolute } from 'node:path'
import { DeepClusteringError } from './errors.js'

/** The error of a file that is not what its format says. */
export function formatError(path: string, what: string, cause?: unknown): DeepClusteringError {
  return new DeepClusteringError('ERR_FILE_FORMAT', `${path}: ${what}`, { path, cause })
}

/** The error of a file that is there and cannot be read; `requiredBytes` are those of one that is too large. */
export function readError(
  path: string,
  what: string,
  details: { readonly cause?: unknown; readonly requiredBytes?: number } = {}
): DeepClusteringError {
  return new DeepClusteringError('ERR_FILE_READ', `${path}: ${what}`, { path, ...details })
}

/** The error of a file that cannot be written. */
export function writeError(path: string, cause: unknown): DeepClusteringError {
  const { code = '', message } = cause as NodeJS.ErrnoException
  return new DeepClusteringError('ERR_FILE_WRITE', `${path}: ${writeMeanings[code] ?? `cannot be written (${message})`}`, { path, cause })
}

const full = 'its disk is full. Make room, or set DEEP_CLUSTERING_CACHE to a folder on another disk'
const noRightToWrite = 'this process has no right to write it. Give its user the right (chmod, chown), or run as another user'

const writeMeanings: Readonly<Record<string, string>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: noRightToWrite,
  EPERM: noRightToWrite,
  EROFS: noRightToWrite
}

const noRight = 'this process has no right to read it. Give its user the right (chmod, chown), or run as another user'

/** What the system's words mean for who wants to read a file, and what to do. */
const meanings: Readonly<Record<string, string>> = {
  EACCES: noRight,
  EPERM: noRight,
  EISDIR: 'is a folder, not a file. Name a file in it',
  EIO: 'its disk or network drive failed (EIO). Try again, or copy the file to another disk',
  EMFILE: 'too many files are open in this process. Close some, or raise the limit (ulimit -n)'
}

/**
 * The error of a file or folder that the system did not give.
 * @param missing what to say where there is none
 */
export function systemError(path: string, cause: unknown, missing = 'there is no such file'): DeepClusteringError {
  const { code = '', message } = cause as NodeJS.ErrnoException
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return readError(path, meanings[code] ?? `cannot be read (${message})`, { cause })
  const from = isAbsolute(path) ? '' : `; a relative path begins at ${process.cwd()}`
  return new DeepClusteringError('ERR_FILE_NOT_FOUND', `${path}: ${missing}${from}`, { path, cause })
}
