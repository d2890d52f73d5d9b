/** A trained model for commands that apply one: a saved folder, or an .onnx file, which needs no addon. */

import type { DataInput, ResultBlock, StreamOptions } from '../data/index.js'
import { loadModel } from '../methods/index.js'
import { type ExecutionProvider, OnnxModel } from '../onnx/index.js'
import type { Device } from '../options/table.js'

export type AppliedOperation = 'predict' | 'predictProba' | 'transform'

/** A model has the operations that are its properties, and streams their results. */
export interface AppliedModel extends Disposable, Partial<Readonly<Record<AppliedOperation, unknown>>> {
  stream(operation: AppliedOperation, data: DataInput, options: StreamOptions): AsyncGenerator<ResultBlock, void, void>
}

export const isOnnxPath = (path: string): boolean => path.toLowerCase().endsWith('.onnx')

/** @throws DeepClusteringError if there is no model at `path`, or the device cannot be used */
export async function openModel(path: string, device: Device | undefined): Promise<AppliedModel> {
  if (!isOnnxPath(path)) return (await loadModel(path, { device })) as AppliedModel
  return OnnxModel.load(path, { executionProviders: [providerOf(device ?? 'auto')] })
}

function providerOf(device: Device): ExecutionProvider {
  if (device === 'auto' || device === 'cpu') return 'cpu'
  return { name: 'cuda', deviceId: Number(device.split(':')[1] ?? 0) }
}
