/** What all methods train on: a dense array of items, in memory or in files. */

/** Items as one dense, row-major array. */
export interface Dataset {
  /** Bytes stay bytes (a quarter of the memory); floats must be finite. */
  readonly data: Float32Array | Uint8Array
  /** `[n, d]` vectors, `[n, h, w]` images of one channel, or `[n, channels, h, w]`. */
  readonly shape: readonly number[]
  /** What the columns of `[n, d]` are called, where their file says it; for reports. */
  readonly features?: readonly string[]
}

/** Rows as they lie in files, one after another: raw ranges of little-endian numbers, row-major. Native code reads them in place. */
export interface FileDataset {
  /** `offset` is that of the first row, in bytes; `path` is absolute. */
  readonly files: readonly { readonly path: string; readonly offset: number; readonly items: number }[]
  readonly type: 'float32' | 'float16' | 'uint8' | 'int8'
  /** `[n, …]` of all files together. */
  readonly shape: readonly number[]
  readonly features?: readonly string[]
}

/** Items in memory or in files. */
export type Items = Dataset | FileDataset

export const inFiles = (items: Items): items is FileDataset => 'files' in items

/** A dense, row-major array of floats. */
export interface FloatTensor {
  readonly data: Float32Array
  /** The leading entry is the number of items. */
  readonly shape: readonly number[]
}

/** What every estimator takes as data: a dataset, an array of rows, or the path or name of one. */
export type DataInput = Items | readonly (readonly number[] | Float32Array | Uint8Array)[] | string
