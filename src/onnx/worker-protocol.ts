/** What the thread that runs a model and the thread that asks for it say to each other. */

import type { ErrorCode } from '../errors.js'
import type { RunGate } from './run-gate.js'

/** An array in transit: its buffer changes hands, it is not copied. */
export interface Parcel {
  readonly type: 'float32' | 'uint8' | 'int32'
  readonly data: Float32Array | Uint8Array | Int32Array
  readonly shape: readonly number[]
}

/** An execution provider by its name in onnxruntime, with that provider's own options beside `name` if it has any. */
export type ExecutionProvider = string | { readonly name: string; readonly [option: string]: unknown }

/** The first message to the worker. */
export interface Start {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly executionProviders: readonly ExecutionProvider[]
  /** Threads of one operator; 0 leaves it to onnxruntime. */
  readonly threads: number
  /** One item of zeros for each input, to see where nodes run. */
  readonly example: Readonly<Record<string, Parcel>>
  readonly gate: RunGate
}

export type Request =
  | { readonly type: 'run'; readonly id: number; readonly feeds: Readonly<Record<string, Parcel>>; readonly outputs: readonly string[] }
  | { readonly type: 'dispose' }

export interface Failure {
  readonly code: ErrorCode
  readonly message: string
}

export type Response =
  /** The session stands; `provider` runs its nodes. */
  | { readonly type: 'ready'; readonly provider: string }
  | { readonly type: 'refused'; readonly failure: Failure }
  | { readonly type: 'result'; readonly id: number; readonly results: Readonly<Record<string, Parcel>> }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure }
