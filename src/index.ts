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
export { DeepClusteringError, type ErrorCode, type ErrorDetails, isDeepClusteringError } from './errors.js'
export { ClusterEstimator } from './estimator/cluster-estimator.js'
export type { CodeSampleOptions, CodeValues, Traversal, TraverseOptions } from './estimator/codes.js'
export { type CheckedOnnxExportOptions, Estimator, type InferOptions, type LoadOptions } from './estimator/estimator.js'
export { MergeTree, type MergeTreeJson } from './estimator/merge-tree.js'
export type { OnnxExport, OnnxExportOptions } from './estimator/onnx-export.js'
export type { ClusterSampleOptions, ClusterSamples, MixtureParameters, SampleOptions } from './estimator/sampling.js'
export { type SweepOptions, type SweepRow, sweepClusters } from './estimator/sweep.js'
export type {
  ClusteringResult,
  EpochPosition,
  EpochRecord,
  FitEvent,
  FitOptions,
  FitResult,
  FloatTensor,
  PhaseTiming,
  RecordOptions,
  RestartRecord,
  RunChoices
} from './estimator/types.js'
export { AutoEncoder, type AutoEncoderOptions } from './methods/autoencoder.js'
export { DCN, type DCNOptions, type DCNResult } from './methods/dcn.js'
export { GAN, type GANOptions } from './methods/gan.js'
export { GaussianMixture, type GaussianMixtureOptions, type GaussianMixtureResult } from './methods/gaussian-mixture.js'
export { estimators, exportOnnx, loadModel } from './methods/index.js'
export { InfoGAN, type InfoGANOptions, type InfoGANResult, type InfoGANSampleOptions } from './methods/infogan.js'
export { JULE, type JULEOptions, type JULEResult } from './methods/jule.js'
export { KMeans, type KMeansOptions, type KMeansResult } from './methods/kmeans.js'
export { KnnGraph, type KnnGraphOptions, type KnnGraphResult } from './methods/knn-graph.js'
export { GraphDegreeLinkage, type GraphDegreeLinkageOptions, type GraphDegreeLinkageResult } from './methods/linkage.js'
export { SpectralClustering, type SpectralClusteringOptions, type SpectralClusteringResult } from './methods/spectral.js'
export { type ClusterMembers, VaDE, type VaDEOptions, type VaDEResult } from './methods/vade.js'
export { VAE, type VAEOptions } from './methods/vae.js'
export { type EvaluationResult, evaluate, type Labels } from './metrics/index.js'
export type { DeviceReport } from './native/addon.js'
export { devices } from './native/device.js'
export {
  type ExecutionProvider,
  type OnnxInferOptions,
  type OnnxLoadOptions,
  OnnxModel,
  type OnnxPort,
  type OnnxSampleOptions
} from './onnx/index.js'
export type { Device } from './options/table.js'
