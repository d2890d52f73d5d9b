/** Networks as graphs: the core's inference in float32. */

import { elementTypes } from './messages.js'
import { floats, type CodeGraph, type Learned } from './description.js'
import { constantOf, type Graph, type Value } from './graph.js'

/** Items in their own units as the network sees them: `[batch, features]`, scaled by the option `scaling`. */
export function scaledItems(graph: Graph, items: Value, learned: Learned): Value {
  let x = items.type === 'float32' ? items : graph.apply('Cast', [items], { to: elementTypes.float32 })
  if (x.shape.length > 2) x = graph.apply('Flatten', [x], { axis: 1 })
  const { scaling } = learned.options
  if (scaling === 'none') return x
  if (scaling === 'standard') x = graph.apply('Sub', [x, constantOf(graph, floats(learned, 'input.shift'))])
  return graph.apply('Mul', [x, constantOf(graph, floats(learned, 'input.scale'))])
}

/** The inverse of {@link scaledItems}: `[batch, features]` to `[batch, …shape]`; a constant feature comes back as its constant. */
export function unscaledItems(graph: Graph, x: Value, learned: Learned): Value {
  const scale = floats(learned, 'input.scale')
  const inverse = graph.constant('input.scale.inverse', scale.data.map(value => (value > 0 ? 1 / value : 0)), scale.shape)
  const items = graph.apply('Add', [graph.apply('Mul', [x, inverse]), constantOf(graph, floats(learned, 'input.shift'))])
  return learned.shape.length === 1 ? items : graph.apply('Reshape', [items, graph.integers([-1, ...learned.shape])])
}

const activations: Readonly<Record<string, (graph: Graph, x: Value) => Value>> = {
  relu: (graph, x) => graph.apply('Relu', [x]),
  'leaky-relu': (graph, x) => graph.apply('LeakyRelu', [x], { alpha: 0.01 }),
  tanh: (graph, x) => graph.apply('Tanh', [x])
}

/** The fully connected network `<name>.0`, `<name>.1`, …, with `activation` between its layers and the last one linear. */
export function fullyConnected(graph: Graph, x: Value, learned: Learned, name: string, activation = learned.options.activation as string): Value {
  let value = linear(graph, x, learned, `${name}.0`)
  for (let layer = 1; `${name}.${layer}.weight` in learned.tensors; layer++) {
    value = linear(graph, activations[activation]!(graph, value), learned, `${name}.${layer}`)
  }
  return value
}

/** x Wᵀ + b with the tensors `<name>.weight` [out, in] and `<name>.bias` [out]. */
export function linear(graph: Graph, x: Value, learned: Learned, name: string): Value {
  const [weight, bias] = ['weight', 'bias'].map(part => constantOf(graph, floats(learned, `${name}.${part}`))) as [Value, Value]
  return graph.apply('Gemm', [x, weight, bias], { transB: 1 })
}

/** The code of an autoencoder's encoder. */
export const encoded = (graph: Graph, items: Value, learned: Learned): Value => fullyConnected(graph, scaledItems(graph, items, learned), learned, 'encoder')

/** An autoencoder's decoder; its output is one of logits where the option `loss` is bernoulli. */
export const autoencoderDecoder: CodeGraph = {
  inputs: ({ options }) => ({ embedding: [options.latent as number] }),
  outputs(graph, { embedding }, learned) {
    const output = fullyConnected(graph, embedding!, learned, 'decoder')
    const x = learned.options.loss === 'bernoulli' ? graph.apply('Sigmoid', [output]) : output
    return { reconstruction: unscaledItems(graph, x, learned) }
  }
}

/** Of batch normalisation (Ioffe and Szegedy 2015), as in the core. */
const epsilon = 1e-5

/**
 * The convolution `<name>.weight` [out, in, height, width] without padding and the batch normalisation after it (`.scale`, `.shift`,
 * `.mean`, `.variance`, each [out]), as one convolution. Images [batch, in, height, width].
 */
export function normalisedConvolution(graph: Graph, images: Value, learned: Learned, name: string): Value {
  const weight = floats(learned, `${name}.weight`)
  const [scale, shift, mean, variance] = ['scale', 'shift', 'mean', 'variance'].map(part => floats(learned, `${name}.${part}`).data) as [Float32Array, Float32Array, Float32Array, Float32Array]
  // scale (w * x - mean) / sqrt(variance + epsilon) + shift = (factor w) * x + (shift - factor mean)
  const factor = scale.map((value, out) => value / Math.sqrt(variance[out]! + epsilon))
  const perOutput = weight.data.length / factor.length
  const folded = graph.constant(`${name}.weight`, weight.data.map((value, i) => value * factor[Math.floor(i / perOutput)]!), weight.shape)
  const bias = graph.constant(`${name}.bias`, shift.map((value, out) => value - factor[out]! * mean[out]!))
  return graph.apply('Conv', [images, folded, bias], { kernel_shape: weight.shape.slice(2), strides: [1, 1], pads: [0, 0, 0, 0] })
}

/** The largest of each 2 x 2 pixels, fewer at an odd edge: [batch, maps, ⌈height / 2⌉, ⌈width / 2⌉]. */
export const halved = (graph: Graph, images: Value): Value => graph.apply('MaxPool', [images], { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], ceil_mode: 1 })

/** Pixels on a side that a map of {@link convolutions} keeps at least. */
const leastSide = 5

/**
 * The convolutions `<name>.0`, `<name>.1`, …, each normalised, with ReLU after it, and halved where that leaves at least 5 pixels on each
 * side. x [batch, features] holds the images of the model's shape.
 */
export function convolutions(graph: Graph, x: Value, learned: Learned, name: string): Value {
  const sides = learned.shape.length === 2 ? [1, ...learned.shape] : learned.shape
  let maps = graph.apply('Reshape', [x, graph.integers([-1, ...sides])])
  for (let stage = 0; `${name}.${stage}.weight` in learned.tensors; stage++) {
    maps = graph.apply('Relu', [normalisedConvolution(graph, maps, learned, `${name}.${stage}`)])
    if (maps.shape.slice(2).every(side => Math.ceil((side as number) / 2) >= leastSide)) maps = halved(graph, maps)
  }
  return graph.apply('Flatten', [maps], { axis: 1 })
}

/** Rows [batch, d] divided by their length, or by `least` where that is more: with 1, only the rows that are longer are scaled. */
export function unitLength(graph: Graph, x: Value, least = 1e-12): Value {
  const squared = graph.apply('ReduceSum', [graph.apply('Mul', [x, x]), graph.integers([1])], { keepdims: 1 })
  return graph.apply('Div', [x, graph.apply('Sqrt', [graph.apply('Clip', [squared, graph.constant(`least squared length ${least}`, Float32Array.of(least * least), [])])])])
}
