/** Networks as graphs: the core's inference in float32. */

import type { CodeGraph } from './description.js'
import { constantOf, type Graph, type Value } from './graph.js'
import { floats, type Learned, type Named, reals } from './learned.js'
import { elementTypes } from './messages.js'

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
  const inverse = graph.constant(
    'input.scale.inverse',
    scale.data.map(value => (value > 0 ? 1 / value : 0)),
    scale.shape
  )
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
export const encoded = (graph: Graph, items: Value, learned: Learned): Value =>
  fullyConnected(graph, scaledItems(graph, items, learned), learned, 'encoder')

/** An autoencoder's decoder; its output is one of logits where the option `loss` is bernoulli. */
export const autoencoderDecoder: CodeGraph = {
  inputs: ({ options }) => ({ embedding: [options.latent as number] }),
  outputs(graph, { embedding }, learned) {
    const output = fullyConnected(graph, embedding!, learned, 'decoder')
    const x = learned.options.loss === 'bernoulli' ? graph.apply('Sigmoid', [output]) : output
    return { reconstruction: unscaledItems(graph, x, learned) }
  }
}

/** What {@link autoencoderDecoder} makes of codes: `items`. */
export const decodedItems = (graph: Graph, embedding: Value, learned: Learned): Value =>
  autoencoderDecoder.outputs(graph, { embedding }, learned).reconstruction!

/** As a generator: `noise` from N(0, 1) to `items`. */
export const normalGenerator: CodeGraph = {
  inputs: ({ options }) => ({ noise: [options.latent as number] }),
  draws: ({ options }) => [{ name: 'noise', kind: 'gaussian', size: options.latent as number }],
  latents: ({ noise }) => noise!,
  outputs: (graph, { noise }, learned) => ({ items: decodedItems(graph, noise!, learned) })
}

/** The rows of the tensors of a mixture, in the precision of a graph. */
const mixtureTensor = (learned: Learned, part: string): Named => {
  const { name, data, shape } = reals(learned, `mixture.${part}`)
  return { name, data: Float32Array.from(data), shape }
}

/** Each entry of [rows, columns] at [columns, rows]. */
function transposed({ data, shape: [rows, columns] }: Named): Float32Array {
  return Float32Array.from({ length: data.length }, (_, i) => data[(i % rows!) * columns! + Math.floor(i / rows!)]!)
}

/**
 * The generator of a mixture: `noise` from N(0, 1) and a one-hot `cluster`, by the weights, to `items`.
 * @param items of points μ_c + σ_c · noise, [batch, d]
 */
export const mixtureGenerator = (items: (graph: Graph, points: Value, learned: Learned) => Value): CodeGraph => ({
  inputs(learned) {
    const [clusters, dimensions] = mixtureTensor(learned, 'means').shape as [number, number]
    return { noise: [dimensions], cluster: [clusters] }
  },
  draws(learned) {
    const logits = mixtureTensor(learned, 'logits').data
    const highest = Math.max(...logits)
    return [
      { name: 'noise', kind: 'gaussian', size: mixtureTensor(learned, 'means').shape[1]! },
      { name: 'cluster', kind: 'categorical', size: logits.length, weights: Array.from(logits, logit => Math.exp(logit - highest)) }
    ]
  },
  latents({ noise, cluster }, count, learned) {
    const [means, logVariances] = [mixtureTensor(learned, 'means'), mixtureTensor(learned, 'log_variances')]
    const [k, d] = means.shape as [number, number]
    return Float32Array.from({ length: count * d }, (_, i) => {
      const [row, j] = [Math.floor(i / d), i % d]
      const c = cluster!.subarray(row * k, (row + 1) * k).indexOf(1)
      return means.data[c * d + j]! + Math.exp(logVariances.data[c * d + j]! / 2) * noise![i]!
    })
  },
  outputs(graph, { noise, cluster }, learned) {
    const [means, logVariances] = [mixtureTensor(learned, 'means'), mixtureTensor(learned, 'log_variances')]
    const [k, d] = means.shape as [number, number]
    const zeros = graph.constant('zeros', new Float32Array(d))
    // A one-hot row times a matrix is a row of it.
    const rowOf = (name: string, matrix: Named): Value =>
      graph.apply('Gemm', [cluster!, graph.constant(name, transposed(matrix), [d, k]), zeros], { transB: 1 })
    const deviations = { ...logVariances, data: logVariances.data.map(value => Math.exp(value / 2)) }
    const points = graph.apply('Add', [rowOf('mixture.means', means), graph.apply('Mul', [rowOf('mixture.deviations', deviations), noise!])])
    return { items: items(graph, points, learned) }
  }
})

/** Of batch normalisation (Ioffe and Szegedy 2015), as in the core. */
const epsilon = 1e-5

/** Weights and biases of a layer. */
interface Affine {
  readonly weight: Named
  readonly bias: Float32Array
}

/**
 * The layer `<name>.weight` and the batch normalisation after it (`.scale`, `.shift`, `.mean`, `.variance`, each [out]) as one layer; one
 * without normalisation, `.bias` [out], as it is.
 * @param outputs the side of the weights that the outputs are: 0, or 1 of transposed convolutions
 */
export function folded(learned: Learned, name: string, outputs: 0 | 1 = 0): Affine {
  const weight = floats(learned, `${name}.weight`)
  if (`${name}.bias` in learned.tensors) return { weight, bias: floats(learned, `${name}.bias`).data }
  const [scale, shift, mean, variance] = ['scale', 'shift', 'mean', 'variance'].map(part => floats(learned, `${name}.${part}`).data) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array
  ]
  // scale (w * x - mean) / sqrt(variance + epsilon) + shift = (factor w) * x + (shift - factor mean)
  const factor = scale.map((value, out) => value / Math.sqrt(variance[out]! + epsilon))
  const perOutput = weight.shape.slice(outputs + 1).reduce((product, side) => product * side, 1)
  const data = weight.data.map((value, i) => value * factor[Math.floor(i / perOutput) % factor.length]!)
  return { weight: { ...weight, data }, bias: shift.map((value, out) => value - factor[out]! * mean[out]!) }
}

/** The convolution `<name>` [out, in, height, width] of images [batch, in, height, width], {@link folded}. */
export function normalisedConvolution(graph: Graph, images: Value, learned: Learned, name: string, stride = 1, padding = 0): Value {
  const { weight, bias } = folded(learned, name)
  const window = { kernel_shape: weight.shape.slice(2), strides: [stride, stride], pads: new Array<number>(4).fill(padding) }
  return graph.apply('Conv', [images, constantOf(graph, weight), graph.constant(`${name}.bias`, bias)], window)
}

/** Of the convolutions that halve or double an image. */
export const stride = 2
export const padding = 1

/** Rows [batch, features] as the images of the model's shape: [batch, channels, height, width]. */
export function imagesOf(graph: Graph, x: Value, { shape }: Learned): Value {
  return graph.apply('Reshape', [x, graph.integers([-1, ...(shape.length === 2 ? [1] : []), ...shape])])
}

/** x Wᵀ + b of a layer, its normalisation folded. */
export const affine = (graph: Graph, x: Value, name: string, weight: Named, bias: Float32Array): Value =>
  graph.apply('Gemm', [x, constantOf(graph, weight), graph.constant(`${name}.bias`, bias)], { transB: 1 })

/** `weight` [a, b] with its rows or columns, numbered [height, width, maps], in the order [maps, height, width]. */
export function reordered(data: Float32Array, side: 'rows' | 'columns', length: number, maps: number, pixels: number): Float32Array {
  const result = new Float32Array(data.length)
  const others = data.length / length
  for (let map = 0; map < maps; map++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const [from, to] = [pixel * maps + map, map * pixels + pixel]
      for (let other = 0; other < others; other++) {
        if (side === 'rows') result[to * others + other] = data[from * others + other]!
        else result[other * length + to] = data[other * length + from]!
      }
    }
  }
  return result
}

/** The layer `<name>` for maps [batch, maps, height, width], {@link folded}; the core numbers its units [height, width, maps]. */
export function affineOfMaps(graph: Graph, maps: Value, learned: Learned, name: string): Value {
  const { weight, bias } = folded(learned, name)
  const [, count, height, width] = maps.shape as readonly number[] as readonly [number, number, number, number]
  const ordered = { ...weight, data: reordered(weight.data, 'columns', weight.shape[1]!, count, height * width) }
  return affine(graph, graph.apply('Flatten', [maps], { axis: 1 }), name, ordered, bias)
}

/** The largest of each 2 x 2 pixels, fewer at an odd edge: [batch, maps, ⌈height / 2⌉, ⌈width / 2⌉]. */
export const halved = (graph: Graph, images: Value): Value =>
  graph.apply('MaxPool', [images], { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], ceil_mode: 1 })

/** Pixels on a side that a map of {@link convolutions} keeps at least. */
const leastSide = 5

/**
 * The convolutions `<name>.0`, `<name>.1`, …, each normalised, with ReLU after it, and halved where that leaves at least 5 pixels on each
 * side. x [batch, features] holds the images of the model's shape.
 */
export function convolutions(graph: Graph, x: Value, learned: Learned, name: string): Value {
  let maps = imagesOf(graph, x, learned)
  for (let stage = 0; `${name}.${stage}.weight` in learned.tensors; stage++) {
    maps = graph.apply('Relu', [normalisedConvolution(graph, maps, learned, `${name}.${stage}`)])
    if (maps.shape.slice(2).every(side => Math.ceil((side as number) / 2) >= leastSide)) maps = halved(graph, maps)
  }
  return graph.apply('Flatten', [maps], { axis: 1 })
}

/** Rows [batch, d] divided by their length, or by `least` where that is more: with 1, only the rows that are longer are scaled. */
export function unitLength(graph: Graph, x: Value, least = 1e-12): Value {
  const squared = graph.apply('ReduceSum', [graph.apply('Mul', [x, x]), graph.integers([1])], { keepdims: 1 })
  return graph.apply('Div', [
    x,
    graph.apply('Sqrt', [graph.apply('Clip', [squared, graph.constant(`least squared length ${least}`, Float32Array.of(least * least), [])])])
  ])
}
