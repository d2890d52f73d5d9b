/** The network of self-training as a graph: it answers in place of the method that it was trained on. */

import type { Graph, Outputs, Value } from './graph.js'
import { floats, type Learned } from './learned.js'
import { elementTypes } from './messages.js'
import { affine, affineOfMaps, folded, imagesOf, normalisedConvolution, padding, scaledItems, stride } from './network-blocks.js'

const name = (layer: number): string => `self_training.${layer}`

/** `probabilities` and `label` of items by the network of self-training, where that came to its end; else nothing. */
export function selfTrained(graph: Graph, items: Value, learned: Learned): Outputs {
  if ((learned.tensors['self_training.labels']?.data.length ?? 0) === 0) return {}
  const relu = (value: Value): Value => graph.apply('Relu', [value])
  let maps = imagesOf(graph, scaledItems(graph, items, learned), learned)
  let layer = 0
  for (; floats(learned, `${name(layer)}.weight`).shape.length === 4; layer++) {
    maps = relu(normalisedConvolution(graph, maps, learned, name(layer), stride, padding))
  }
  const features = relu(affineOfMaps(graph, maps, learned, name(layer)))
  const head = folded(learned, name(layer + 1))
  const logits = affine(graph, features, name(layer + 1), head.weight, head.bias)
  const probabilities = graph.apply('Softmax', [logits], { axis: 1 })
  return { probabilities, label: graph.apply('Cast', [graph.apply('ArgMax', [logits], { axis: 1, keepdims: 0 })], { to: elementTypes.int32 }) }
}
