/** Deep clustering, trained natively: the public API of the package. */

export { DeepClusteringError, isDeepClusteringError, type ErrorCode } from './errors.js'

export { DCN, type DCNOptions, type DCNResult } from './methods/dcn.js'
export { VaDE, type ClusterMembers, type VaDEOptions, type VaDEResult } from './methods/vade.js'
export { InfoGAN, type InfoGANOptions, type InfoGANResult, type InfoGANSampleOptions } from './methods/infogan.js'
export { JULE, type JULEOptions, type JULEResult } from './methods/jule.js'
export { AutoEncoder, type AutoEncoderOptions } from './methods/autoencoder.js'
export { VAE, type VAEOptions } from './methods/vae.js'
export { GAN, type GANOptions } from './methods/gan.js'
export { KMeans, type KMeansOptions, type KMeansResult } from './methods/kmeans.js'
export { GaussianMixture, type GaussianMixtureOptions, type GaussianMixtureResult } from './methods/gaussian-mixture.js'
export { SpectralClustering, type SpectralClusteringOptions, type SpectralClusteringResult } from './methods/spectral.js'
export { GraphDegreeLinkage, type GraphDegreeLinkageOptions, type GraphDegreeLinkageResult } from './methods/linkage.js'
export { MergeTree, type MergeTreeJson } from './methods/merge-tree.js'
export { KnnGraph, type KnnGraphOptions, type KnnGraphResult } from './methods/knn-graph.js'
export { sweepClusters, type SweepOptions, type SweepRow } from './methods/sweep.js'
export type { CodeSampleOptions, CodeValues, Traversal, TraverseOptions } from './methods/codes.js'
export type { ClusterSampleOptions, ClusterSamples, MixtureParameters, SampleOptions } from './methods/sampling.js'
export { ClusterEstimator } from './methods/cluster-estimator.js'
export { Estimator, type CheckedOnnxExportOptions, type InferOptions, type LoadOptions } from './methods/estimator.js'
export { estimators, exportOnnx, loadModel } from './methods/index.js'
export type { OnnxExport, OnnxExportOptions } from './methods/onnx-export.js'
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
} from './methods/types.js'
export type { Device } from './options/table.js'

export { devices } from './native/device.js'
export type { DeviceReport } from './native/addon.js'

export { readData, readLabels, toDataset, type DataInput, type Dataset, type LabelList } from './data/index.js'
export { evaluate, type EvaluationResult, type Labels } from './metrics/index.js'
export { OnnxModel, type ExecutionProvider, type OnnxInferOptions, type OnnxLoadOptions, type OnnxPort, type OnnxSampleOptions } from './onnx/index.js'
