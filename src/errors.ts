/**
 * The errors of the package. The caller's mistakes are `TypeError` and `RangeError`; everything else is a
 * {@link DeepClusteringError} with a stable `code`.
 */

/** Stable codes of {@link DeepClusteringError}. A code never changes its meaning between releases. */
export type ErrorCode =
  | 'ERR_ADDON_NOT_BUILT' // no addon was built, or it cannot be loaded
  | 'ERR_LIBTORCH_NOT_FOUND' // no usable libtorch, or it moved after the build
  | 'ERR_BUILD_FAILED' // a tool of the build is missing or failed
  | 'ERR_DEVICE_UNAVAILABLE' // the device that was asked for cannot be used
  | 'ERR_OUT_OF_MEMORY' // host or device memory
  | 'ERR_FILE_NOT_FOUND' // there is no such file or folder, or no saved model in it
  | 'ERR_FILE_READ' // a file is there and cannot be read: no right to, a folder, too large, a disk that fails
  | 'ERR_FILE_FORMAT' // a file is not what its format says
  | 'ERR_FILE_WRITE' // a file cannot be written: no right to, a full disk
  | 'ERR_QUERY' // a SQL query failed, or its result is not one of numbers
  | 'ERR_DISPOSED' // the model was disposed
  | 'ERR_BUSY' // the model is training
  | 'ERR_NOT_FITTED' // the model has learned nothing yet
  | 'ERR_DIVERGED' // a loss became NaN or infinite
  | 'ERR_NOT_EXPORTABLE' // the method has no ONNX form
  | 'ERR_EXPORT_MISMATCH' // an exported file does not answer as the model does
  | 'ERR_ONNXRUNTIME_MISSING' // onnxruntime-node is not installed, or cannot be loaded
  | 'ERR_SHARP_MISSING' // sharp is not installed, or cannot be loaded
  | 'ERR_HYPARQUET_MISSING' // hyparquet, which reads Parquet, is not installed, or cannot be loaded
  | 'ERR_ARROW_MISSING' // apache-arrow, which reads Arrow files, is not installed, or cannot be loaded
  | 'ERR_DUCKDB_MISSING' // @duckdb/node-api, which answers SQL queries, is not installed, or cannot be loaded
  | 'ERR_CHARTS_MISSING' // @observablehq/plot, linkedom or umap-js, which draw charts, are not installed, or cannot be loaded
  | 'ERR_NATIVE' // anything else that the native code reports

/** What an error knows beside its message; each is there where it is known. */
export interface ErrorDetails {
  /** The file or folder. */
  readonly path?: string
  /** The device that cannot be used, or that has no memory left. */
  readonly device?: string
  /** The epoch in which a loss became NaN or infinite, from 1 within its phase. */
  readonly epoch?: number
  /** Bytes of memory that could not be had, or of a file that is too large to be read. */
  readonly requiredBytes?: number
}

/** What went wrong, with its cause and cure in `message`. */
export class DeepClusteringError extends Error implements ErrorDetails {
  override readonly name = 'DeepClusteringError' as const
  readonly code: ErrorCode
  declare readonly path?: string
  declare readonly device?: string
  declare readonly epoch?: number
  declare readonly requiredBytes?: number

  constructor(code: ErrorCode, message: string, details: ErrorOptions & ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    Object.assign(this, detailsOf(details))
  }
}

const detailNames = ['path', 'device', 'epoch', 'requiredBytes'] as const

/** The details that an error has. */
export function detailsOf(error: ErrorDetails): ErrorDetails {
  return Object.fromEntries(detailNames.flatMap(name => (error[name] === undefined ? [] : [[name, error[name]]])))
}

/** Whether `error` is a {@link DeepClusteringError}, also one from another copy of this package. */
export function isDeepClusteringError(error: unknown): error is DeepClusteringError {
  return error instanceof Error && error.name === 'DeepClusteringError' && typeof (error as { code?: unknown }).code === 'string'
}

/** Shows a received value in an error message, short enough to read. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `${JSON.stringify(value.slice(0, 57))}…` : JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return value.length > 8 ? `an array of ${value.length}` : `[${value.map(show).join(', ')}]`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${(value as { length?: number }).length ?? value.byteLength})`
  if (value !== null && typeof value === 'object')
    return value.constructor && value.constructor !== Object ? `a ${value.constructor.name}` : 'an object'
  return String(value)
}

/** The one grammar of messages about arguments: "Expected X for `name` but received Y". */
export function expected(what: string, name: string, received: unknown): string {
  return `Expected ${what} for \`${name}\` but received ${show(received)}`
}
