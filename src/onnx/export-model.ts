/** From what a method says of itself and what it learned to its .onnx files. */

import { DeepClusteringError } from '../errors.js'
import type { CodeGraph, OnnxDescription } from './description.js'
import { Graph } from './graph.js'
import type { Learned } from './learned.js'
import { selfTrained } from './self-training.js'
import { mostBytes, onnxFile, sizeOfParts } from './write-model.js'

/** Which of a method's graphs a file holds. */
export type Part = 'model' | 'decoder' | 'generator'

/** What a file says of itself, beside its graph. */
export interface About {
  /** Version of this package. */
  readonly version: string
  /** As metadata of the file. */
  readonly metadata: Readonly<Record<string, string>>
}

export interface OnnxFile {
  readonly part: Part
  /** To be written one after another. */
  readonly bytes: readonly Uint8Array[]
}

/**
 * The files of a model.
 * @param input element type of the items that `model` takes
 * @throws DeepClusteringError ERR_FILE_FORMAT if the tensors do not fit the method, ERR_NOT_EXPORTABLE above 2 GiB
 */
export function onnxFiles(description: OnnxDescription, learned: Learned, input: 'uint8' | 'float32', about: About): readonly OnnxFile[] {
  const file = (part: Part, build: (graph: Graph) => ReturnType<OnnxDescription['model']>, more: Readonly<Record<string, string>> = {}): OnnxFile => {
    const graph = new Graph()
    try {
      const bytes = onnxFile(graph.finish(part, build(graph)), about.version, { ...about.metadata, part, ...more })
      const size = sizeOfParts(bytes)
      if (size > mostBytes)
        throw new DeepClusteringError('ERR_NOT_EXPORTABLE', `The ${part} takes ${size} bytes, more than the ${mostBytes} that an .onnx file can have`)
      return { part, bytes }
    } catch (cause) {
      // The rules of the operators say what does not fit: the saved tensors are another network's.
      if (cause instanceof RangeError)
        throw new DeepClusteringError('ERR_FILE_FORMAT', `The saved tensors do not make a ${part}: ${cause.message}`, { cause })
      throw cause
    }
  }
  const ofCodes = (part: Part, { inputs, draws, outputs }: CodeGraph): OnnxFile =>
    file(
      part,
      graph => {
        const codes = Object.entries(inputs(learned)).map(([name, sides]) => [name, graph.input(name, 'float32', sides)] as const)
        return outputs(graph, Object.fromEntries(codes), learned)
      },
      draws && { draws: JSON.stringify(draws(learned)) }
    )
  return [
    file('model', graph => {
      const items = graph.input('items', input, learned.shape)
      return { ...description.model(graph, items, learned), ...selfTrained(graph, items, learned) }
    }),
    ...(description.decoder ? [ofCodes('decoder', description.decoder)] : []),
    ...(description.generator ? [ofCodes('generator', description.generator)] : [])
  ]
}
