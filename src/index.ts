/** Deep clustering, trained natively: the public API of the package. */

export {
  type DataInput,
  type Dataset,
  type FileDataset,
  type ItemOperations,
  type Items,
  inFiles,
  type LabelList,
  openItems,
  type ReadOptions,
  type ReadProgress,
  type ResultBlock,
  readData,
  readLabels,
  type StreamOptions,
  toDataset
} from './data/index.js'
export { DeepClusteringError, type ErrorCode, type ErrorDetails, errorCodes, isDeepClusteringError } from './errors.js'
export { ClusterEstimator } from './estimator/cluster-estimator.js'
export type { CodeSampleOptions, CodeValues, Traversal, TraverseOptions } from './estimator/codes.js'
export { type CheckedOnnxExportOptions, Estimator, type InferOptions, type LoadOptions } from './estimator/estimator.js'
export { EventLines, eventLinesVersion } from './estimator/event-lines.js'
export { MergeTree, type MergeTreeJson } from './estimator/merge-tree.js'
export type { OnnxExport, OnnxExportOptions } from './estimator/onnx-export.js'
export type { ClusterSampleOptions, ClusterSamples, MixtureParameters, SampleOptions } from './estimator/sampling.js'
export { type SweepOptions, type SweepRow, sweepClusters } from './estimator/sweep.js'
export type {
  ClusteringResult,
  CompleteOptions,
  EpochPosition,
  EpochRecord,
  FitEvent,
  FitOptions,
  FitResult,
  FloatTensor,
  MethodTypes,
  PhaseOf,
  PhaseTiming,
  RecordOptions,
  RestartRecord,
  RunName
} from './estimator/types.js'
export { AutoEncoder, type AutoEncoderOptions, type AutoEncoderTypes } from './methods/autoencoder.js'
export { DCN, type DCNOptions, type DCNResult, type DCNTypes } from './methods/dcn.js'
export { GAN, type GANOptions, type GANTypes } from './methods/gan.js'
export { GaussianMixture, type GaussianMixtureOptions, type GaussianMixtureResult, type GaussianMixtureTypes } from './methods/gaussian-mixture.js'
export {
  type AnyModel,
  canExport,
  canPredict,
  canSample,
  estimators,
  exportOnnx,
  type LoadModelOptions,
  loadModel,
  type MethodName,
  type Models
} from './methods/index.js'
export { InfoGAN, type InfoGANOptions, type InfoGANResult, type InfoGANSampleOptions, type InfoGANTypes } from './methods/infogan.js'
export { JULE, type JULEOptions, type JULEResult, type JULETypes } from './methods/jule.js'
export { KMeans, type KMeansOptions, type KMeansResult, type KMeansTypes } from './methods/kmeans.js'
export { KnnGraph, type KnnGraphOptions, type KnnGraphResult, type KnnGraphTypes } from './methods/knn-graph.js'
export { GraphDegreeLinkage, type GraphDegreeLinkageOptions, type GraphDegreeLinkageResult, type GraphDegreeLinkageTypes } from './methods/linkage.js'
export {
  SpectralClustering,
  type SpectralClusteringOptions,
  type SpectralClusteringResult,
  type SpectralClusteringTypes
} from './methods/spectral.js'
export { type ClusterMembers, VaDE, type VaDEOptions, type VaDEResult, type VaDETypes } from './methods/vade.js'
export { VAE, type VAEOptions, type VAETypes } from './methods/vae.js'
export { type EvaluationResult, evaluate, type Labels } from './metrics/index.js'
export type { DeviceReport } from './native/addon.js'
export { devices } from './native/device.js'
export {
  type Batching,
  type ExecutionProvider,
  type OnnxInferOptions,
  type OnnxLoadOptions,
  OnnxModel,
  type OnnxOutputs,
  type OnnxPort,
  type OnnxSampleOptions
} from './onnx/index.js'
export type { Device } from './options/table.js'
