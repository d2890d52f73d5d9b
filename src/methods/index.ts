/** The methods of the package. A new method is its own file and one line here. */

import { DeepClusteringError } from '../errors.js'
import { type Estimator, type EstimatorClass, type LoadOptions, restoreEstimator } from '../estimator/estimator.js'
import { methodNameOf, readConfig } from '../estimator/model-config.js'
import { buildExport, checkExportArguments, type OnnxExport, type OnnxExportOptions, writeExport } from '../estimator/onnx-export.js'
import type { FitResult } from '../estimator/types.js'
import { loadModelFolder } from '../model-file/index.js'
import { callSite } from '../native/failure.js'
import { AutoEncoder } from './autoencoder.js'
import { DCN } from './dcn.js'
import { GAN } from './gan.js'
import { GaussianMixture } from './gaussian-mixture.js'
import { InfoGAN } from './infogan.js'
import { JULE } from './jule.js'
import { KMeans } from './kmeans.js'
import { KnnGraph } from './knn-graph.js'
import { GraphDegreeLinkage } from './linkage.js'
import { SpectralClustering } from './spectral.js'
import { VaDE } from './vade.js'
import { VAE } from './vae.js'

/** Every estimator, in the order in which help and docs list them. */
export const estimators: readonly EstimatorClass[] = [
  DCN,
  VaDE,
  InfoGAN,
  JULE,
  AutoEncoder,
  VAE,
  GAN,
  KMeans,
  GaussianMixture,
  SpectralClustering,
  GraphDegreeLinkage,
  KnnGraph
]

/**
 * The class that a saved model's `config` belongs to.
 * @throws DeepClusteringError ERR_FILE_FORMAT if there is none
 */
export function estimatorOf(config: unknown): EstimatorClass {
  const name = methodNameOf(config)
  const type = estimators.find(({ method }) => method.name === name)
  if (!type)
    throw new DeepClusteringError('ERR_FILE_FORMAT', `The model is of a method that this version does not know: ${JSON.stringify(name.slice(0, 40))}`)
  return type
}

/**
 * Loads a saved model of any method, as an instance of that method's class.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT if the folder does not hold one
 */
export async function loadModel(folder: string, options: LoadOptions = {}): Promise<Estimator<FitResult>> {
  const site = callSite(loadModel)
  const read = await loadModelFolder(folder)
  return restoreEstimator(estimatorOf(read.config), read, options, site, folder)
}

/**
 * Writes a saved model as ONNX, without the addon and so without a comparison with the model's own answers, as `Estimator.exportOnnx`
 * makes it: `path`, and beside it `….decoder.onnx` and `….generator.onnx` where the method has a decoder or generates.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT if the folder does not hold a model, ERR_NOT_EXPORTABLE, ERR_NOT_FITTED
 */
export async function exportOnnx(folder: string, path: string, options: OnnxExportOptions = {}): Promise<OnnxExport> {
  checkExportArguments(path, options, [])
  const { config, tensors } = await loadModelFolder(folder)
  const { method } = estimatorOf(config)
  return writeExport(buildExport(method, readConfig(config, method), tensors, options.input), path, 0)
}
