/** A trained model for commands that apply one: a saved folder, or an .onnx file, which needs no addon. */

import type { DataInput, FloatTensor } from '../estimator/types.js'
import { loadModel } from '../methods/index.js'
import { type ExecutionProvider, OnnxModel } from '../onnx/index.js'
import type { Device } from '../options/table.js'

/** One of its operations. */
export type Call<Result> = (data: DataInput, options: { signal: AbortSignal }) => Promise<Result>

/** What a model can do; not every model can do all of it. */
export interface AppliedModel extends Disposable {
  predict?: Call<Int32Array>
  predictProba?: Call<FloatTensor>
  transform?: Call<FloatTensor>
}

export const isOnnxPath = (path: string): boolean => path.toLowerCase().endsWith('.onnx')

/** @throws DeepClusteringError if there is no model at `path`, or the device cannot be used */
export async function openModel(path: string, device: Device | undefined): Promise<AppliedModel> {
  if (!isOnnxPath(path)) return (await loadModel(path, { device })) as unknown as AppliedModel
  return OnnxModel.load(path, { executionProviders: [providerOf(device ?? 'auto')] })
}

function providerOf(device: Device): ExecutionProvider {
  if (device === 'auto' || device === 'cpu') return 'cpu'
  return { name: 'cuda', deviceId: Number(device.split(':')[1] ?? 0) }
}
