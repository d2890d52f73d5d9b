/** The methods of the package. A new method is its own file and one line here. */

import { DeepClusteringError, expected } from '../errors.js'
import { type EstimatorClass, type LoadOptions, restoreEstimator } from '../estimator/estimator.js'
import { methodNameOf, readConfig } from '../estimator/model-config.js'
import { buildExport, checkExportArguments, type OnnxExport, type OnnxExportOptions, writeExport } from '../estimator/onnx-export.js'
import { loadModelFolder } from '../model-file/index.js'
import { callSite } from '../native/failure.js'
import { suggestion } from '../options/spelling.js'
import { traced } from '../tracing.js'
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
export const estimators = [
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
] as const satisfies readonly EstimatorClass[]

type AnyClass = (typeof estimators)[number]

/**
 * The class of a method.
 * @throws RangeError with a correction if there is none of that name
 */
export function estimatorNamed(name: string): EstimatorClass {
  const names = estimators.map(({ method }) => method.name)
  const type = estimators.find(({ method }) => method.name === name)
  if (!type) throw new RangeError(`Unknown method \`${name}\`${suggestion(name, names)}`)
  return type
}

/** The classes' instances by the name of their method. */
export type Models = { [Class in AnyClass as Class['method']['name']]: InstanceType<Class> }

/** `'dcn'`, `'vade'`, … */
export type MethodName = keyof Models

/** A model of any method. */
export type AnyModel = Models[MethodName]

/** Whether a model assigns items to clusters: it has `predict`, `predictProba` and `fitPredict`. */
export function canPredict<Model extends AnyModel>(model: Model): model is Extract<Model, { predict: unknown }> {
  return 'predict' in model
}

/** Whether a model generates items: it has `sample`. */
export function canSample<Model extends AnyModel>(model: Model): model is Extract<Model, { sample: unknown }> {
  return 'sample' in model
}

/** Whether a model can be written as ONNX: its `exportOnnx` does not reject with ERR_NOT_EXPORTABLE. */
export function canExport(model: AnyModel): boolean {
  return (model.constructor as EstimatorClass).method.onnx !== undefined
}

/** Options of {@link loadModel}. */
export interface LoadModelOptions<Name extends MethodName = MethodName> extends LoadOptions {
  /** The method that the model must be of; any without this. */
  method?: Name | undefined
}

/**
 * The class that a saved model's `config` belongs to.
 * @throws DeepClusteringError ERR_FILE_FORMAT if there is none
 */
export function estimatorOf(config: unknown): AnyClass {
  const name = methodNameOf(config)
  const type = estimators.find(({ method }) => method.name === name)
  if (!type)
    throw new DeepClusteringError('ERR_FILE_FORMAT', `The model is of a method that this version does not know: ${JSON.stringify(name.slice(0, 40))}`)
  return type
}

/**
 * Loads a saved model of any method, as an instance of that method's class; `options.method` says of which it must be.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT if the folder does not hold one, or one of another method
 *
 * @example
 * const model = await loadModel('digits')
 * if (canPredict(model)) console.log(await model.predict(images))
 * const { means } = await (await loadModel('digits', { method: 'vade' })).mixture()
 */
export async function loadModel<Name extends MethodName = MethodName>(folder: string, options: LoadModelOptions<Name> = {}): Promise<Models[Name]> {
  const site = callSite(loadModel)
  const { method, ...placement } = options
  const names = estimators.map(type => type.method.name)
  if (method !== undefined && !names.includes(method)) throw new RangeError(expected(names.join(', '), 'method', method))
  return traced('load', { folder }, async () => {
    const read = await loadModelFolder(folder)
    const type = estimatorOf(read.config)
    if (method !== undefined && type.method.name !== method)
      throw new DeepClusteringError('ERR_FILE_FORMAT', `The model in ${folder} is of the method ${type.method.name}, not ${method}`, { path: folder })
    return restoreEstimator(type as EstimatorClass as EstimatorClass<Models[Name]>, read, placement, site, folder)
  })
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
