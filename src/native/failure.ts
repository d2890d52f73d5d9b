/** Turns what the native code reports into the package's errors, with the stack of the call that asked for it. */

import { DeepClusteringError, detailsOf, type ErrorCode } from '../errors.js'
import type { NativeFailure } from './addon.js'

/** The stack of a public call, taken before its work leaves for another thread. */
export interface CallSite {
  readonly stack?: string
}

/** Remembers the stack below the public function `below`. */
export function callSite(below: Function): CallSite {
  const site: CallSite = {}
  Error.captureStackTrace(site, below)
  return site
}

function isNativeFailure(error: unknown): error is NativeFailure {
  return error instanceof Error && !(error instanceof DeepClusteringError) && typeof (error as { code?: unknown }).code === 'string'
}

/** Whether the native code stopped because it was told to. */
export function isAbort(error: unknown): boolean {
  return isNativeFailure(error) && error.code === 'ABORTED'
}

/**
 * The error that a caller sees for a native failure; other errors come back as they are.
 * @param disposed whether the model was disposed meanwhile, which is then why it stopped
 */
export function fromNative(failure: unknown, site: CallSite, disposed: boolean): unknown {
  if (!isNativeFailure(failure)) return failure
  const error = classified(failure, disposed)
  const frames = site.stack?.slice(site.stack.indexOf('\n'))
  if (frames) error.stack = `${error.name}: ${error.message}${frames}`
  return error
}

function classified(failure: NativeFailure, disposed: boolean): Error {
  if (failure.code === 'TypeError') return new TypeError(failure.message)
  if (failure.code === 'RangeError') return new RangeError(failure.message)
  if (failure.code === 'ABORTED') {
    return disposed
      ? disposedError()
      : new DeepClusteringError('ERR_NATIVE', 'The native code stopped although nothing asked it to; please report this')
  }
  return new DeepClusteringError(failure.code as ErrorCode, failure.message, detailsOf(failure))
}

/** The error of every call to a disposed model. */
export function disposedError(): DeepClusteringError {
  return new DeepClusteringError('ERR_DISPOSED', 'This model was disposed: its native memory is freed. Make a new one, or load a saved one')
}
