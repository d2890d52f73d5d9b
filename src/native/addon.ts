/**
 * The whole surface of the native addon as one hand-written type: the contract between TypeScript and
 * `native/addon`. Nothing else in the package knows how the addon is called. Arguments are complete and checked
 * before they come here; the addon checks shapes again.
 */

import type { ErrorDetails } from '../errors.js'

/** Element types that cross the boundary, by their safetensors names lowercased. */
export type DType = 'float32' | 'float64' | 'uint8' | 'int32' | 'int64'

export type TensorData = Float32Array | Float64Array | Uint8Array | Int32Array | BigInt64Array

/** A dense, row-major array. `data.length` is the product of `shape`; a scalar has shape `[]`. */
export interface Tensor {
  readonly data: TensorData
  readonly shape: readonly number[]
}

/** Items that stay in their files: ranges of little-endian, row-major numbers, one after another. */
export interface FileTensor {
  readonly files: readonly { readonly path: string /** Bytes before the first item. */; readonly offset: number; readonly items: number }[]
  readonly type: 'float32' | 'float16' | 'uint8' | 'int8'
  /** `[n, …]` of all files together. */
  readonly shape: readonly number[]
}

/** Named tensors: the learned state of a model, or the results of an operation. */
export type Tensors = Record<string, Tensor>

/** A complete set of options, each value checked; the core has no defaults of its own. */
export type OptionValues = Record<string, boolean | number | string | readonly number[]>

/** What a native model is: a method by name, its options, the shape of one item, and where it runs. */
export interface ModelSpec {
  /** Name in the core's registry: `kmeans`, `autoencoder`, `dcn`, … */
  readonly method: string
  readonly options: OptionValues
  /** Shape of one item without the leading n: `[784]`, `[28, 28]` or `[channels, height, width]`. */
  readonly shape: readonly number[]
  /** `cpu`, `cuda` or `cuda:1`: resolved, never `auto`. */
  readonly device: string
  /** Resolved, never `auto`. */
  readonly precision: 'float32' | 'bfloat16'
  /** CPU threads of the job thread, at least 1. */
  readonly threads: number
  /** Whether a GPU may round the factors of float32 products in training steps. */
  readonly tf32: boolean
  /** Whether a GPU records a training step and replays it. */
  readonly capture: boolean
  /** 0 .. 2^53 - 1. */
  readonly seed: number
}

/**
 * Progress of a running fit. `phase` events open a phase, `step` events are coalesced (at most one every 100 ms),
 * `epoch` events close each epoch with its mean losses per sample in `values`, `warning` events carry a sentence.
 */
export type NativeEvent =
  | { readonly type: 'phase'; readonly phase: string; readonly epochs: number; readonly steps: number; readonly samples: number }
  | { readonly type: 'step'; readonly phase: string; readonly epoch: number; readonly epochs: number; readonly step: number; readonly steps: number }
  | {
      readonly type: 'epoch'
      readonly phase: string
      /** 1-based. */
      readonly epoch: number
      readonly epochs: number
      /** Wall time of this epoch. */
      readonly seconds: number
      /** Samples trained on in this epoch. */
      readonly samples: number
      /** Losses and counts by name, for example `reconstruction`, `clustering`, `changed`. */
      readonly values: Readonly<Record<string, number>>
      /** The cluster of each item after this epoch, where the phase has clusters; length n, or that of `items`. */
      readonly assignments?: Int32Array
      /** The items that the assignments are of, ascending, where clusters are trained on some only. */
      readonly items?: Int32Array
      /** The codes of the items that were asked for after this epoch, `[items, d]`, where it is due. */
      readonly codes?: Float32Array
    }
  | { readonly type: 'phase-end'; readonly phase: string; readonly seconds: number }
  | { readonly type: 'warning'; readonly message: string }

/** Which codes the epoch events of a fit carry: those of a few items, after at most `count` epochs of a phase, evenly spaced. */
export interface Frames {
  /** int32 `[m]`: positions in the data. */
  readonly items: Tensor
  readonly count: number
  /** Most items that are encoded for it in a phase, as a share of those trained on; the last epoch is due in any case. */
  readonly share: number
}

/**
 * A model in native memory with a job thread of its own. Every promise rejects with a {@link NativeFailure}.
 * Jobs run one after another; while `fit` runs every other job is refused with `ERR_BUSY`.
 */
export interface NativeModel {
  /**
   * Trains from where the state stands. The memory of `data` is read in place until the promise settles. Node-API keeps an
   * object alive, but not its memory: nobody else may hold the buffer, since a transfer would take the memory away and a
   * resize would shrink it, or it is shared memory, which stays and must not change. `data.data` is a `Float32Array` or
   * `Uint8Array`. Of a {@link FileTensor} the files are read when their items are needed. Resolves with the method's results (`labels`, …), whose arrays are the caller's own.
   * After `cancel`, or an error, the model holds its last complete state (the end of the last epoch).
   */
  fit(data: Tensor | FileTensor, onEvent: (event: NativeEvent) => void, frames?: Frames): Promise<Tensors>
  /** Asks a running fit, or a running `infer`, to stop; it does within one batch, rejecting with code `ABORTED`. */
  cancel(): void
  /** One operation of the method on new items (`predict`, `transform`, `reconstruct`, …), in bounded batches; `input` as in `fit`. */
  infer(operation: string, input: Tensor | FileTensor): Promise<Tensors>
  /** One operation that needs no items (`sample`, `mixture`, …), with its own complete and checked values. */
  generate(operation: string, values: OptionValues): Promise<Tensors>
  /**
   * The last complete state: parameters, optimiser, progress. Also while fit runs. `null` before there is one. Large tensors
   * share the model's memory: to be read, never written.
   */
  state(): Tensors | null
  /** Replaces the state; rejects with `ERR_FILE_FORMAT` if a name or shape does not fit the spec. */
  restore(state: Tensors): Promise<void>
  /** Cancels, frees the native memory when the job has stopped; idempotent. Later calls throw `ERR_DISPOSED`. */
  dispose(): void
}

/** What a rejected native promise holds, before the wrapper gives it the caller's stack and class. */
export interface NativeFailure extends Error, Pick<ErrorDetails, 'device' | 'epoch' | 'path' | 'requiredBytes'> {
  /** An `ErrorCode`, or `ABORTED`, or `TypeError` / `RangeError` for a caller's mistake that only the core can see. */
  readonly code: string
}

/** What the machine offers, as far as the addon can tell. */
export interface DeviceReport {
  readonly cpu: {
    /** CPU features that matter here, for example `amx_bf16`. */
    readonly capability: string
    /** Whether products in bfloat16 are fast on this CPU (AMX, or AVX512_BF16 of an AMD CPU). */
    readonly bfloat16: boolean
  }
  readonly cuda: {
    readonly available: boolean
    /** Why `cuda` cannot be used; empty when it can. */
    readonly reason: string
    /** GPUs that the driver itself counts, whether or not they can be used; 0 without a driver. */
    readonly gpus: number
    readonly devices: readonly {
      readonly name: string
      readonly totalMemory: number
      readonly freeMemory: number
      readonly capability: string
      readonly bfloat16: boolean
    }[]
  }
}

export interface Addon {
  /** Version of the libtorch that is loaded, for example `2.15.0`. */
  readonly torchVersion: string
  /** Names of the methods in the core's registry. */
  readonly methods: readonly string[]
  /**
   * What can be used. `cudaPlugin` is the path of the plugin's shared object, which may not exist: where a driver is there and none was
   * opened before, it is opened. With '' nothing of CUDA is asked or opened.
   */
  devices(cudaPlugin: string): DeviceReport
  /** Trains nothing: multiplies two small matrices, to prove that the addon and its libtorch work. Throws if not. */
  selfTest(): void
  readonly Model: new (spec: ModelSpec) => NativeModel
}
