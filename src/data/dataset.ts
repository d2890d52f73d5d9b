/** What all methods train on: a dense array of items, in memory or in files. */

import type { ArrowColumn, ArrowTable } from './arrow-table.js'

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

/** Items one by one: rows of numbers, all of one length. */
export type Rows = readonly (readonly number[] | Float32Array | Uint8Array)[]

/** Some items of a stream: with their shape, as rows, or as a table of Arrow. */
export type Batch = Dataset | Rows | ArrowTable

/**
 * What every estimator takes as data: a dataset, an array of rows, batches that come one after another, a table or column of Arrow; or where
 * it lies: a path, several paths, a glob of paths, a folder, a SQL query, or the name of a bundled dataset.
 */
export type DataInput = Items | Rows | readonly string[] | string | AsyncIterable<Batch> | ArrowTable | ArrowColumn
