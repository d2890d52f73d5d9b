/** What a method says of itself to be exported: which of its learned tensors make which graph. */

import { DeepClusteringError } from '../errors.js'
import type { TensorData, Tensors } from '../native/addon.js'
import type { Graph, Outputs, Value } from './graph.js'

/** What a model learned, and what it was set up with. */
export interface Learned {
  /** Every option of the method. */
  readonly options: Readonly<Record<string, unknown>>
  /** Shape of one item. */
  readonly shape: readonly number[]
  readonly tensors: Tensors
}

/** How one input of a generator is drawn: numbers from U(-1, 1) or N(0, 1), or a one-hot row of a category, by `weights` or evenly. */
export interface Draw {
  readonly name: string
  readonly kind: 'uniform' | 'gaussian' | 'categorical'
  readonly size: number
  readonly weights?: readonly number[]
}

/** A graph from codes to items. */
export interface CodeGraph {
  /** Its inputs by name, each with the sides of one item. */
  readonly inputs: (learned: Learned) => Readonly<Record<string, readonly number[]>>
  /** How its inputs are drawn, where it is a generator. */
  readonly draws?: (learned: Learned) => readonly Draw[]
  /** Rows of those inputs, each `[count, size]`, as the core's operation `decode` takes them: `[count, width]`. */
  readonly latents?: (rows: Readonly<Record<string, Float32Array>>, count: number, learned: Learned) => Float32Array
  readonly outputs: (graph: Graph, inputs: Outputs, learned: Learned) => Outputs
}

/** The graphs of a method. */
export interface OnnxDescription {
  /** Items in their own units `[batch, …shape]` to `embedding`, `probabilities` and `label`, as far as the method has them. */
  readonly model: (graph: Graph, items: Value, learned: Learned) => Outputs
  /** `embedding` to `reconstruction`, in the units of the data. */
  readonly decoder?: CodeGraph
  /** The codes of a generative method to `items`, in the units of the data. */
  readonly generator?: CodeGraph
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
