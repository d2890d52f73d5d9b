/**
 * The errors of the package. The caller's mistakes are `TypeError` and `RangeError`; everything else is a
 * {@link DeepClusteringError} with a stable `code`.
 */

/** Why an error comes and what helps, by its code; docs/errors.md is made of it. */
export const errorCodes = {
  ERR_ADDON_NOT_BUILT: {
    cause:
      'No addon was built and none came with the package for this platform and libtorch, or the one that is there cannot be loaded (another libtorch, an older glibc or libstdc++, a build that was moved).',
    cure: 'The message has a reason for each addon that was tried. `npx deep-clustering inspect` tells what is there; `npx deep-clustering build` builds from source.'
  },
  ERR_LIBTORCH_NOT_FOUND: {
    cause: 'No usable libtorch: none is in the cache, in a Python environment or where `LIBTORCH` says, or a fetch of it failed.',
    cure: '`npx deep-clustering setup` fetches what is needed; behind a proxy or offline: docs/install.md. Or name one with `LIBTORCH`.'
  },
  ERR_BUILD_FAILED: {
    cause: 'A tool of a build from source (compiler, CMake, cmake-js, nvcc) is missing, too old, or failed.',
    cure: 'Install what the message names. A prebuilt addon needs no build: docs/install.md.'
  },
  ERR_DEVICE_UNAVAILABLE: {
    cause: 'The device that was asked for cannot be used: no GPU, no driver, a libtorch without CUDA part, an index that is not there.',
    cure: "Take `device: 'auto'` or `'cpu'`, or mend what the message names; `npx deep-clustering inspect` tells what is missing (docs/cuda.md). `device` has the name."
  },
  ERR_OUT_OF_MEMORY: {
    cause: 'Host or device memory ran out.',
    cure: 'Smaller batches or networks; `memory` bounds what data take on the host, `trainItems` and `graphItems` what clusters are trained on. `requiredBytes` has what could not be had.'
  },
  ERR_FILE_NOT_FOUND: {
    cause: 'There is no such file or folder, or no saved model in it.',
    cure: 'Check `path`; a relative one begins at the current folder.'
  },
  ERR_FILE_READ: {
    cause: 'A file is there and cannot be read: no right to, a folder where a file is expected, a disk that fails, or larger than can be read.',
    cure: 'The message says which; `path` has the file.'
  },
  ERR_FILE_FORMAT: {
    cause:
      'A file is not what its format or its model says: cut short, other types or sizes, numbers that are not finite, a method that this version does not know.',
    cure: 'Make or copy it anew. Of data the message has the position of what is wrong.'
  },
  ERR_FILE_WRITE: {
    cause: 'A file cannot be written: no right to, a full disk.',
    cure: 'Make room or give the right; `DEEP_CLUSTERING_CACHE` moves the cache to another disk.'
  },
  ERR_QUERY: {
    cause: 'A SQL query failed, or its result is not one of numbers.',
    cure: 'The message has what DuckDB said, or the column; cast it, or leave it out.'
  },
  ERR_DISPOSED: {
    cause: 'The model was disposed, before the call or during it.',
    cure: 'Make or load another one; keep it until its last call has settled.'
  },
  ERR_BUSY: {
    cause: 'The model trains, or one of its streams is open.',
    cure: 'Await `fit`, abort it with a signal, leave the loop over the stream; or use another model.'
  },
  ERR_OVERLOADED: {
    cause: 'More items wait for a model than its `batching.maxQueue` allows.',
    cure: 'Ask again later, or spread the calls over more models (or processes); a larger `maxQueue` only makes them wait longer.'
  },
  ERR_NOT_FITTED: {
    cause: 'The model has learned nothing yet.',
    cure: 'Call `fit` first, or load a saved model.'
  },
  ERR_DIVERGED: {
    cause: 'A loss became NaN or infinite. `epoch` has the epoch within its phase.',
    cure: "A lower learning rate, scaled data (`scaling`), `precision: 'float32'`. The model keeps its last complete state."
  },
  ERR_NOT_EXPORTABLE: {
    cause: 'The method has no ONNX form.',
    cure: '`canExport(model)` tells; predict with the native model.'
  },
  ERR_EXPORT_MISMATCH: {
    cause: 'An exported file does not answer as the model does; nothing was written.',
    cure: 'Report it, with the message; `check: false` writes it all the same.'
  },
  ERR_ONNXRUNTIME_MISSING: {
    cause: 'onnxruntime-node, an optional peer that runs ONNX models, is not installed or cannot be loaded.',
    cure: '`npm install onnxruntime-node`.'
  },
  ERR_SHARP_MISSING: {
    cause: 'sharp, an optional peer that reads images other than PNG and JPEG, is not installed or cannot be loaded.',
    cure: '`npm install sharp`.'
  },
  ERR_HYPARQUET_MISSING: {
    cause: 'hyparquet, an optional peer that reads Parquet files, is not installed or cannot be loaded.',
    cure: '`npm install hyparquet`.'
  },
  ERR_ARROW_MISSING: {
    cause: 'apache-arrow, an optional peer that reads Arrow files, is not installed or cannot be loaded.',
    cure: '`npm install apache-arrow`.'
  },
  ERR_DUCKDB_MISSING: {
    cause: '@duckdb/node-api, an optional peer that answers SQL queries, is not installed or cannot be loaded.',
    cure: '`npm install @duckdb/node-api`.'
  },
  ERR_CHARTS_MISSING: {
    cause: '@observablehq/plot, linkedom or umap-js, optional peers that draw charts, are not installed or cannot be loaded.',
    cure: '`npm install @observablehq/plot linkedom umap-js`.'
  },
  ERR_FASTIFY_MISSING: {
    cause: 'fastify or prom-client, optional peers that serve models over HTTP, are not installed or cannot be loaded.',
    cure: '`npm install fastify prom-client`.'
  },
  ERR_NATIVE: {
    cause: 'Anything else that the native code reports.',
    cure: 'Report it, with the message and `npx deep-clustering inspect --json`.'
  }
} as const satisfies Readonly<Record<string, { readonly cause: string; readonly cure: string }>>

/** Stable codes of {@link DeepClusteringError}. A code never changes its meaning between releases. */
export type ErrorCode = keyof typeof errorCodes

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
