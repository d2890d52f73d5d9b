/** What a method says of itself to be exported: which of its learned tensors make which graph. */

import type { Graph, Outputs, Value } from './graph.js'
import type { Learned } from './learned.js'

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
