/** A model's .onnx files: from a saved folder without the addon, or from a model that is there. */

import { DeepClusteringError, expected } from '../errors.js'
import { replaceFiles } from '../model-file/file-access.js'
import type { Tensors } from '../native/addon.js'
import { packageVersion } from '../native/build-info.js'
import { type OnnxFile, onnxFiles, type Part } from '../onnx/export-model.js'
import { sizeOfParts } from '../onnx/write-model.js'
import { checkNames } from '../options/check.js'
import type { Method } from './method.js'
import type { ModelConfig } from './model-config.js'

/** Options of every export. */
export interface OnnxExportOptions {
  /** Element type of the items that the exported model takes; by default bytes if the model was fitted to bytes, as far as that is known. */
  input?: 'uint8' | 'float32' | undefined
}

/** What was written. */
export interface OnnxExport {
  readonly method: string
  /** Element type of the items that the exported model takes. */
  readonly input: 'uint8' | 'float32'
  /** `model` maps items to embedding, probabilities and label; `decoder` embeddings to items; `generator` codes to items. */
  readonly files: readonly { readonly part: Part; readonly path: string; readonly bytes: number }[]
  /** Items on which native and ONNX answers were compared; 0 if they were not. */
  readonly checked: number
}

/** The files of a model, not yet written. */
export interface BuiltExport {
  readonly method: string
  readonly input: 'uint8' | 'float32'
  readonly files: readonly OnnxFile[]
}

/** @throws TypeError or RangeError for a path or options that are none */
export function checkExportArguments(path: unknown, options: unknown, names: readonly string[]): void {
  if (typeof path !== 'string') throw new TypeError(expected('the path of an .onnx file', 'path', path))
  if (!path.endsWith('.onnx')) throw new RangeError(expected('a path that ends in .onnx', 'path', path))
  checkNames(options, ['input', ...names])
  const { input } = options
  if (input !== undefined && input !== 'uint8' && input !== 'float32') throw new RangeError(expected("'uint8' or 'float32'", 'input', input))
}

/**
 * The files of a model of `method`.
 * @throws DeepClusteringError ERR_NOT_EXPORTABLE if the method infers nothing, ERR_NOT_FITTED, ERR_FILE_FORMAT
 */
export function buildExport(method: Method, config: ModelConfig, tensors: Tensors, input?: 'uint8' | 'float32'): BuiltExport {
  if (!method.onnx) throw new DeepClusteringError('ERR_NOT_EXPORTABLE', `${method.title} cannot be exported: it infers nothing of new items`)
  const { options, shape } = config
  const type = input ?? (options.scaling === 'unit' ? 'uint8' : 'float32')
  const files = onnxFiles(method.onnx, { options, shape, tensors }, type, { version: packageVersion(), metadata: metadataOf(config) })
  return { method: method.name, input: type, files }
}

function metadataOf(config: ModelConfig): Readonly<Record<string, string>> {
  const { method, options, shape, preset, seed, n, metrics, history } = config
  return {
    format: 'deep-clustering',
    packageVersion: packageVersion(),
    method,
    options: JSON.stringify(options),
    ...(preset !== null && { preset }),
    seed: String(seed),
    fittedItems: String(n),
    shape: JSON.stringify(shape),
    ...(options.clusters !== undefined && { clusters: String(options.clusters) }),
    scaling: String(options.scaling),
    losses: JSON.stringify(history.at(-1)?.values ?? {}),
    ...(metrics && { metrics: JSON.stringify(metrics) })
  }
}

/** Where a part is written: the model at `path` itself, `digits.decoder.onnx` beside `digits.onnx`. */
const pathOf = (path: string, part: Part): string => (part === 'model' ? path : path.replace(/\.onnx$/, `.${part}.onnx`))

/** Writes the files; each appears under its name only when all are whole and on the disk. */
export async function writeExport({ method, input, files }: BuiltExport, path: string, checked: number): Promise<OnnxExport> {
  await replaceFiles(files.map(({ part, bytes }) => ({ path: pathOf(path, part), parts: bytes })))
  return { method, input, files: files.map(({ part, bytes }) => ({ part, path: pathOf(path, part), bytes: sizeOfParts(bytes) })), checked }
}
