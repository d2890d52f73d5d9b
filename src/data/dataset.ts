/** What all methods train on: a dense array of items. */

/** Items as one dense, row-major array. */
export interface Dataset {
  /** Bytes stay bytes (a quarter of the memory); floats must be finite. */
  readonly data: Float32Array | Uint8Array
  /** `[n, d]` vectors, `[n, h, w]` images of one channel, or `[n, channels, h, w]`. */
  readonly shape: readonly number[]
  /** What the columns of `[n, d]` are called, where their file says it; for reports. */
  readonly features?: readonly string[]
}

/** A dense, row-major array of floats. */
export interface FloatTensor {
  readonly data: Float32Array
  /** The leading entry is the number of items. */
  readonly shape: readonly number[]
}

/** What every estimator takes as data: a dataset, an array of rows, or the path or name of one. */
export type DataInput = Dataset | readonly (readonly number[] | Float32Array | Uint8Array)[] | string
