/** What a thread that reads items and the thread that asks for them say to each other. */

import { DeepClusteringError, detailsOf, type ErrorCode, type ErrorDetails, isDeepClusteringError } from '../errors.js'
import type { Block, SourceHead } from './source.js'

/** An error on its way between threads. */
export interface Failure {
  readonly type: 'DeepClusteringError' | 'TypeError' | 'RangeError' | 'Error'
  readonly code?: ErrorCode
  readonly message: string
  readonly details?: ErrorDetails
}

export type Response =
  | { readonly type: 'open'; readonly head: SourceHead }
  | { readonly type: 'block'; readonly block: Block }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly failure: Failure }

/** A block was taken, so that another one may be read; or nobody wants more. The first message is the place. */
export type Request = 'taken' | 'stop'

/** Blocks that are on their way at once: one is stored while the next one is read. */
export const blocksAhead = 2

export function failureOf(error: unknown): Failure {
  const { message } = error as Error
  if (isDeepClusteringError(error)) return { type: 'DeepClusteringError', code: error.code, message, details: detailsOf(error) }
  return { type: error instanceof TypeError ? 'TypeError' : error instanceof RangeError ? 'RangeError' : 'Error', message }
}

export function errorOf({ type, code, message, details }: Failure): Error {
  if (type === 'DeepClusteringError') return new DeepClusteringError(code!, message, details)
  return type === 'TypeError' ? new TypeError(message) : type === 'RangeError' ? new RangeError(message) : new Error(message)
}
