/** What a model learned, as the graphs of an exported one take it. */

import { DeepClusteringError } from '../errors.js'
import type { TensorData, Tensors } from '../native/addon.js'

/** What a model learned, and what it was set up with. */
export interface Learned {
  /** Every option of the method. */
  readonly options: Readonly<Record<string, unknown>>
  /** Shape of one item. */
  readonly shape: readonly number[]
  readonly tensors: Tensors
}

/** @throws DeepClusteringError ERR_NOT_FITTED if the training stopped before it found clusters: `name` holds one of each item by then */
export function needClusters({ tensors }: Learned, name: string): void {
  if ((tensors[name]?.data.length ?? 0) > 0) return
  throw new DeepClusteringError('ERR_NOT_FITTED', 'The model has no clusters yet: its training stopped before they were found. Resume it')
}

/** A learned tensor with its name. */
export interface Named<Data = Float32Array> {
  readonly name: string
  readonly data: Data
  readonly shape: readonly number[]
}

/** @throws DeepClusteringError ERR_FILE_FORMAT if the model has no such tensor of float32 */
export function floats(learned: Learned, name: string): Named {
  return named(learned, name, [Float32Array])
}

/** @throws DeepClusteringError ERR_FILE_FORMAT if the model has no such tensor of float32 or float64 */
export function reals(learned: Learned, name: string): Named<Float32Array | Float64Array> {
  return named<Float32Array | Float64Array>(learned, name, [Float32Array, Float64Array])
}

/** @throws DeepClusteringError ERR_FILE_FORMAT if the model has no such tensor of int64 */
export function integers(learned: Learned, name: string): Named<BigInt64Array> {
  return named(learned, name, [BigInt64Array])
}

function named<Data extends TensorData>({ tensors }: Learned, name: string, arrays: readonly (new (length: number) => Data)[]): Named<Data> {
  const tensor = tensors[name]
  const array = arrays.find(type => tensor?.data instanceof type)
  if (!tensor || !array)
    throw new DeepClusteringError(
      'ERR_FILE_FORMAT',
      `The saved model has no tensor \`${name}\` of ${arrays.map(({ name: type }) => type.replace('Array', '')).join(' or ')}`
    )
  return { name, data: tensor.data as Data, shape: tensor.shape }
}
