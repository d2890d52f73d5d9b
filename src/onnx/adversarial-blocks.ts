/** The networks of GAN and InfoGAN as graphs. Between convolutions and fully connected layers the core orders units [height, width, maps]; ONNX [maps, height, width]. */

import type { CodeGraph } from './description.js'
import { sideBySide } from './draws.js'
import { constantOf, type Graph, type Outputs, type Value } from './graph.js'
import { floats, type Learned } from './learned.js'
import { elementTypes } from './messages.js'
import { affine, affineOfMaps, folded, imagesOf, normalisedConvolution, padding, reordered, stride, unscaledItems } from './network-blocks.js'

/** A code of the generator's input, as a method describes it. */
interface Code {
  readonly name: string
  readonly kind: 'categorical' | 'uniform' | 'gaussian'
  readonly size: number
}

/** Side of the innermost maps. */
const shrunk = (side: number): number => side / 4

const has = (learned: Learned, name: string): boolean => `${name}.weight` in learned.tensors

/** Whether a network is convolutional: a window has four sides. */
const convolves = (learned: Learned, layer: string): boolean => floats(learned, `${layer}.weight`).shape.length === 4

/** The last hidden layer of the discriminator for items [batch, features], scaled. */
export function discriminatorFeatures(graph: Graph, x: Value, learned: Learned): Value {
  const leaky = (value: Value): Value => graph.apply('LeakyRelu', [value], { alpha: learned.options.leak as number })
  const name = (layer: number): string => `discriminator.${layer}`
  if (!convolves(learned, name(0))) {
    let value = x
    // The last layer is the head, which tells real from generated.
    for (let layer = 0; has(learned, name(layer + 1)); layer++) {
      const { weight, bias } = folded(learned, name(layer))
      value = leaky(affine(graph, value, name(layer), weight, bias))
    }
    return value
  }
  let maps = imagesOf(graph, x, learned)
  for (const layer of [0, 1]) maps = leaky(normalisedConvolution(graph, maps, learned, name(layer), stride, padding))
  return leaky(affineOfMaps(graph, maps, learned, name(2)))
}

/** What Q(c | x) says, from the discriminator's features: all codes as `embedding`, and of c1 `probabilities` and `label`. */
export function auxiliaryCodes(graph: Graph, features: Value, learned: Learned, codes: readonly Code[]): Outputs {
  const [first, last] = [folded(learned, 'auxiliary.0'), folded(learned, 'auxiliary.1')]
  const hidden = graph.apply('LeakyRelu', [affine(graph, features, 'auxiliary.0', first.weight, first.bias)], {
    alpha: learned.options.leak as number
  })
  const inputs = last.weight.shape[1]!
  let row = 0
  let probabilities: Value | undefined
  let embedding: Value | undefined
  for (const { name, kind, size } of codes) {
    const rows = { name: `auxiliary.${name}`, data: last.weight.data.subarray(row * inputs, (row + size) * inputs), shape: [size, inputs] }
    const output = affine(graph, hidden, rows.name, rows, last.bias.slice(row, row + size))
    const code = kind === 'categorical' ? graph.apply('Softmax', [output], { axis: 1 }) : output
    probabilities ??= code
    embedding = embedding === undefined ? code : graph.apply('Concat', [embedding, code], { axis: 1 })
    // A learned variance is one more output of a number, which answers nothing.
    row += kind === 'categorical' ? size : learned.options.learnedVariance === true ? 2 : 1
  }
  // One value cannot be two outputs.
  if (embedding === probabilities) embedding = graph.apply('Add', [embedding!, graph.constant('zero', Float32Array.of(0))])
  const label = graph.apply('Cast', [graph.apply('ArgMax', [probabilities!], { axis: 1, keepdims: 0 })], { to: elementTypes.int32 })
  return { embedding: embedding!, probabilities: probabilities!, label }
}

/** The generator: `noise` and the codes, each an input of its own, categories as one-hot rows. */
export function codeGenerator(codesOf: (learned: Learned) => readonly Code[]): CodeGraph {
  return {
    inputs: learned =>
      Object.fromEntries([['noise', [learned.options.noise as number]], ...codesOf(learned).map(({ name, size }) => [name, [size]] as const)]),
    draws: learned => [
      { name: 'noise', kind: learned.options.noiseDistribution as 'uniform' | 'gaussian', size: learned.options.noise as number },
      ...codesOf(learned).map(({ name, kind, size }) => ({ name, kind, size }))
    ],
    latents: (rows, count) => sideBySide(Object.values(rows), count),
    outputs(graph, inputs, learned) {
      const latents = Object.values(inputs).reduce((all, input) => graph.apply('Concat', [all, input], { axis: 1 }))
      const x = generated(graph, latents, learned)
      return { items: unscaledItems(graph, learned.options.output === 'sigmoid' ? graph.apply('Sigmoid', [x]) : x, learned) }
    }
  }
}

/** What the generator's last layer gives: [batch, features]. */
function generated(graph: Graph, latents: Value, learned: Learned): Value {
  const name = (layer: number): string => `generator.${layer}`
  const relu = (value: Value): Value => graph.apply('Relu', [value])
  let last = 0
  while (has(learned, name(last + 1))) last++
  if (!convolves(learned, name(last))) {
    let value = latents
    for (let layer = 0; layer <= last; layer++) {
      const { weight, bias } = folded(learned, name(layer))
      value = affine(graph, value, name(layer), weight, bias)
      if (layer < last) value = relu(value)
    }
    return value
  }
  const [height, width] = learned.shape.slice(-2) as [number, number]
  const pixels = shrunk(height) * shrunk(width)
  const first = folded(learned, name(0))
  const second = folded(learned, name(1))
  const units = second.bias.length
  const maps = units / pixels
  const ordered = { ...second.weight, data: reordered(second.weight.data, 'rows', units, maps, pixels) }
  const hidden = relu(affine(graph, latents, name(0), first.weight, first.bias))
  let value = relu(affine(graph, hidden, name(1), ordered, reordered(second.bias, 'rows', units, maps, pixels)))
  value = graph.apply('Reshape', [value, graph.integers([-1, maps, shrunk(height), shrunk(width)])])
  for (const layer of [2, 3]) {
    const { weight, bias } = folded(learned, name(layer), 1)
    const window = {
      kernel_shape: weight.shape.slice(2),
      strides: [stride, stride],
      pads: new Array<number>(4).fill(padding),
      output_padding: [0, 0]
    }
    value = graph.apply('ConvTranspose', [value, constantOf(graph, weight), graph.constant(`${name(layer)}.bias`, bias)], window)
    if (layer < last) value = relu(value)
  }
  return graph.apply('Flatten', [value], { axis: 1 })
}
