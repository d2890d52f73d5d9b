/** Models as ONNX: no addon, no libtorch. */

export type { Batching } from './batcher.js'
export { type OnnxInferOptions, type OnnxLoadOptions, OnnxModel, type OnnxOutputs, type OnnxSampleOptions } from './onnx-model.js'
export type { OnnxPort } from './read-model.js'
export type { ExecutionProvider } from './worker-protocol.js'
