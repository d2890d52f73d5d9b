import { DeepClusteringError } from '../errors.js'

/** The error of every fetch that failed. */
export function notFetched(why: string, cause?: unknown): DeepClusteringError {
  return new DeepClusteringError('ERR_LIBTORCH_NOT_FOUND', `libtorch could not be fetched: ${why}`, cause === undefined ? undefined : { cause })
}
