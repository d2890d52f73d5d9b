/** A graph with what is known about it, as an .onnx file. */

import { encode } from '../protobuf.js'
import { type GraphMessage, model } from './messages.js'

/** ONNX 1.8 of November 2020. Every operator here means the same in all versions since; older runtimes know this one too. */
export const opset = 13
export const irVersion = 7

/** A protobuf message is less than 2 GiB. */
export const mostBytes = 2 ** 31 - 1

export const sizeOfParts = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0)

/**
 * The file, in parts that are to be written one after another.
 * @param metadata what readers of the file find beside the graph
 */
export function onnxFile(graph: GraphMessage, version: string, metadata: Readonly<Record<string, string>>): readonly Uint8Array[] {
  return encode(model, {
    irVersion,
    producer: 'deep-clustering',
    producerVersion: version,
    graph,
    operatorSets: [{ domain: '', version: opset }],
    metadata: Object.entries(metadata).map(([key, value]) => ({ key, value }))
  })
}
