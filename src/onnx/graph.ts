/** A graph in the making: values, constants and the nodes between them, each checked as it is added. */

import type { Named } from './learned.js'
import {
  type AttributeMessage,
  attributeTypes,
  type ElementType,
  elementTypes,
  type GraphMessage,
  type NodeMessage,
  type TensorMessage,
  type ValueMessage
} from './messages.js'
import { type Attributes, floatAttributes, resultsOf, type Side, type ValueType } from './operators.js'

export interface Value extends ValueType {
  readonly name: string
}

/** The results of a graph by name: `embedding`, `probabilities`, `label`, … */
export type Outputs = Readonly<Record<string, Value>>

type ConstantData = Float32Array | Float64Array | BigInt64Array

interface Node {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Attributes
}

export class Graph {
  readonly #inputs: Value[] = []
  readonly #nodes: Node[] = []
  readonly #constants = new Map<string, { readonly value: Value; readonly data: ConstantData }>()

  /** An input `[batch, …sides]`. */
  input(name: string, type: ElementType, sides: readonly number[]): Value {
    const value: Value = { name, type, shape: ['batch', ...sides] }
    this.#inputs.push(value)
    return value
  }

  /** Numbers that the file holds; `name` is a learned tensor's, or says what they are for. */
  constant(name: string, data: Float32Array | Float64Array, shape: readonly number[] = [data.length]): Value {
    return this.#constant({ name, type: data instanceof Float32Array ? 'float32' : 'float64', shape }, data)
  }

  /** Integers that an operator reads a shape or axes from. */
  integers(integers: readonly number[]): Value {
    return this.#constant(
      { name: `integers(${integers.join(', ')})`, type: 'int64', shape: [integers.length], integers },
      BigInt64Array.from(integers, BigInt)
    )
  }

  #constant(value: Value, data: ConstantData): Value {
    this.#constants.set(value.name, { value, data })
    return value
  }

  /**
   * The result of an operator; of one with several, the last.
   * @throws RangeError if it does not take such inputs
   */
  apply(operator: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    const name = `${operator}.${this.#nodes.length}`
    const results = resultsOf(operator, inputs, attributes)
    const outputs = results.map((_, i) => (i < results.length - 1 ? `${name}.unused.${i}` : name))
    this.#nodes.push({ operator, inputs: inputs.map(input => input.name), outputs, attributes })
    return { name, ...results.at(-1)! }
  }

  /** The graph as a message of onnx.proto: what `outputs` come from, each called as its key there. */
  finish(name: string, outputs: Outputs): GraphMessage {
    const renamed = new Map(Object.entries(outputs).map(([output, value]) => [value.name, output]))
    if (renamed.size < Object.keys(outputs).length) throw new Error('One value is two outputs: give it once')
    const nameOf = (value: string): string => renamed.get(value) ?? value
    const needed = new Set(renamed.keys())
    const nodes = this.#nodes
      .toReversed()
      .filter(({ inputs, outputs: given }) => {
        const leads = needed.has(given.at(-1)!)
        if (leads) for (const input of inputs) needed.add(input)
        return leads
      })
      .reverse()
    return {
      name,
      nodes: nodes.map(
        ({ operator, inputs, outputs: given, attributes }): NodeMessage => ({
          inputs: inputs.map(nameOf),
          outputs: given.map(nameOf),
          name: given.at(-1)!,
          operator,
          attributes: Object.entries(attributes).map(([key, setting]) => attributeMessage(key, setting))
        })
      ),
      constants: [...this.#constants.values()].filter(({ value }) => needed.has(value.name)).map(({ value, data }) => tensorMessage(value, data)),
      inputs: this.#inputs.map(valueMessage),
      outputs: Object.entries(outputs).map(([output, value]) => valueMessage({ ...value, name: output }))
    }
  }
}

/** A learned tensor in a graph. */
export const constantOf = (graph: Graph, { name, data, shape }: Named<Float32Array | Float64Array>): Value => graph.constant(name, data, shape)

function attributeMessage(name: string, value: number | readonly number[]): AttributeMessage {
  if (typeof value !== 'number') return { name, integers: value, type: attributeTypes.integers }
  return floatAttributes.has(name) ? { name, float: value, type: attributeTypes.float } : { name, integer: value, type: attributeTypes.integer }
}

function tensorMessage({ name, type, shape }: Value, { buffer, byteOffset, byteLength }: ConstantData): TensorMessage {
  return { dimensions: shape as readonly number[], elementType: elementTypes[type], name, raw: new Uint8Array(buffer, byteOffset, byteLength) }
}

function valueMessage({ name, type, shape }: Value): ValueMessage {
  const dimension = (side: Side): { value: number } | { parameter: string } => (side === 'batch' ? { parameter: side } : { value: side })
  return { name, type: { tensor: { elementType: elementTypes[type], shape: { dimensions: shape.map(dimension) } } } }
}
