/**
 * Reads an .onnx file that nobody vouches for. onnxruntime never sees such a file: it gets what was understood here, written anew.
 * So external data, subgraphs, functions, custom operators and whatever else onnx.proto has are not refused by a list of dangers,
 * they have no way in.
 */

import { DeepClusteringError } from '../errors.js'
import { readError } from '../file-errors.js'
import { withFile } from '../model-file/file-access.js'
import { decode, encode } from '../protobuf.js'
import {
  attributeTypes,
  elementBytes,
  elementTypeOf,
  type GraphMessage,
  type ModelMessage,
  model,
  type NodeMessage,
  type TensorMessage,
  type ValueMessage
} from './messages.js'
import {
  type Attributes,
  checkSize,
  floatAttributes,
  listAttributes,
  numbersOf,
  resultsOf,
  type Side,
  shown,
  sizeOf,
  type ValueType
} from './operators.js'
import { irVersion, mostBytes, opset, sizeOfParts } from './write-model.js'

/** An input or output of a model. */
export interface OnnxPort {
  readonly name: string
  readonly type: 'float32' | 'uint8' | 'int32'
  /** Sides of one item, after the batch. */
  readonly shape: readonly number[]
}

/** A model that was checked. */
export interface ReadModel {
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  readonly metadata: Readonly<Record<string, string>>
  /** Numbers that a run has to hold for each item, at most. */
  readonly numbersPerItem: number
  /** The model alone, without anything that was not understood. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** The most numbers that all results of a graph together may have, per item: 1 GiB of float32. */
const mostNumbersPerItem = 2 ** 28

/** @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, ERR_OUT_OF_MEMORY */
export async function readOnnxBytes(path: string): Promise<Uint8Array> {
  return withFile(path, 'there is no such file', async ({ size, read }) => {
    if (size > mostBytes) throw readError(path, `has ${size} bytes, more than the ${mostBytes} of an .onnx file`, { requiredBytes: size })
    return new Uint8Array(await read(0, size))
  })
}

/**
 * The messages of an .onnx file, whoever wrote it; nothing is checked but the encoding.
 * @param path of the file, for its errors
 * @throws DeepClusteringError ERR_FILE_FORMAT
 */
export function decodeOnnx(bytes: Uint8Array, path?: string): ModelMessage {
  return told(path, () => {
    const message = decode(model, bytes)
    if (message.graph === undefined) throw new SyntaxError('it holds no graph')
    return message
  })
}

/**
 * Reads a model that this package exported.
 * @param path of the file, for its errors
 * @throws DeepClusteringError ERR_FILE_FORMAT if it is none, or is damaged
 */
export function readModel(bytes: Uint8Array, path?: string): ReadModel {
  const message = decodeOnnx(bytes, path)
  return told(path, () => {
    const sets = message.operatorSets ?? []
    if (sets.length !== 1 || (sets[0]!.domain ?? '') !== '' || sets[0]!.version !== opset) {
      const given = sets.map(({ domain, version }) => `${domain ? `${domain} ` : ''}${version}`).join(', ')
      throw new RangeError(`its operator sets are [${given.slice(0, 100)}]; deep-clustering exports version ${opset} of ONNX' own`)
    }
    const metadata: Record<string, string> = Object.create(null) as Record<string, string>
    for (const { key = '', value = '' } of message.metadata ?? []) metadata[key] = value
    const graph = checkedGraph(message.graph!)
    const parts = encode(model, { irVersion, producer: message.producer ?? '', graph: graph.message, operatorSets: [{ domain: '', version: opset }] })
    return { inputs: graph.inputs, outputs: graph.outputs, metadata, numbersPerItem: graph.numbersPerItem, bytes: joined(parts) }
  })
}

function told<T>(path: string | undefined, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof RangeError)) throw cause
    const message = `${path ?? 'the file'} is no model that can be run: ${cause.message}`
    throw new DeepClusteringError('ERR_FILE_FORMAT', message, { cause, ...(path !== undefined && { path }) })
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeOfParts(parts))
  let position = 0
  for (const part of parts) {
    bytes.set(part, position)
    position += part.length
  }
  return bytes
}

const quoted = (name: string | undefined): string => JSON.stringify((name ?? '').slice(0, 60))

interface CheckedGraph {
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  readonly numbersPerItem: number
  readonly message: GraphMessage
}

function checkedGraph({ nodes = [], constants = [], inputs = [], outputs = [] }: GraphMessage): CheckedGraph {
  const values = new Map<string, ValueType>()
  const define = (name: string | undefined, value: ValueType): void => {
    if (!name) throw new SyntaxError('a value has no name')
    if (values.has(name)) throw new SyntaxError(`the value ${quoted(name)} is given twice`)
    values.set(name, value)
  }
  for (const constant of constants) define(constant.name, constantType(constant))
  const ports = inputs.map(portOf)
  inputs.forEach(input => define(input.name, declaredType(input)))

  let numbersPerItem = ports.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const written = nodes.map((node): NodeMessage => {
    const { name, inputs: sources = [], outputs: results = [], operator = '', domain = '' } = node
    const types = sources.map(source => {
      const type = values.get(source)
      // Nodes stand in the order in which they run; where there is a cycle there is no such order.
      if (!type)
        throw new SyntaxError(`the node ${quoted(name)} reads ${quoted(source)}, which nothing before it gives (a cycle, or a value that is missing)`)
      return type
    })
    if (domain !== '') throw new SyntaxError(`the node ${quoted(name)} is none that deep-clustering exports`)
    const attributes = attributesOf(node)
    try {
      const given = resultsOf(operator, types, attributes)
      if (given.length !== results.length) throw new RangeError(`it gives ${given.length} values, not ${results.length}`)
      given.forEach((result, i) => define(results[i], result))
      numbersPerItem += given.reduce((sum, result) => sum + numbersOf(result), 0)
      if (numbersPerItem > mostNumbersPerItem) throw new RangeError(`with it, one item takes more than ${mostNumbersPerItem} numbers`)
    } catch (error) {
      throw new RangeError(`the node ${quoted(name)} (${operator.slice(0, 40)}): ${(error as Error).message}`, { cause: error })
    }
    return { inputs: sources, outputs: results, name: name ?? '', operator, attributes: node.attributes ?? [] }
  })

  if (ports.length === 0 || outputs.length === 0) throw new SyntaxError('it has no inputs or no outputs')
  for (const output of outputs) {
    const type = values.get(output.name ?? '')
    if (!type) throw new SyntaxError(`nothing gives its output ${quoted(output.name)}`)
    if (shown(type) !== shown(declaredType(output)))
      throw new RangeError(`its output ${quoted(output.name)} is ${shown(type)}, but ${shown(declaredType(output))} is declared`)
  }
  return { inputs: ports, outputs: outputs.map(portOf), numbersPerItem, message: { name: 'graph', nodes: written, constants, inputs, outputs } }
}

/** The type that a value is declared with: `[batch, …sides]`. */
function declaredType({ name, type }: ValueMessage): ValueType {
  const elementType = elementTypeOf(type?.tensor?.elementType)
  const [batch, ...sides] = (type?.tensor?.shape?.dimensions ?? []).map(
    ({ value, parameter }): Side => (parameter === undefined ? (value ?? 0) : 'batch')
  )
  if (!elementType || batch !== 'batch' || !sides.every(side => side !== 'batch' && side >= 1))
    throw new RangeError(`${quoted(name)} is not declared as an array [batch, …]`)
  const declared: ValueType = { type: elementType, shape: [batch, ...sides] }
  checkSize(declared)
  return declared
}

function portOf(message: ValueMessage): OnnxPort {
  const { type, shape } = declaredType(message)
  if (type === 'int64' || type === 'float64') throw new RangeError(`${quoted(message.name)} is of ${type}, which deep-clustering does not export`)
  return { name: message.name ?? '', type, shape: shape.slice(1) as readonly number[] }
}

function constantType({ name, dimensions = [], elementType, raw = new Uint8Array(), location = 0 }: TensorMessage): ValueType {
  const type = elementTypeOf(elementType)
  const numbers = sizeOf(dimensions)
  if (!type || location !== 0) throw new RangeError(`the constant ${quoted(name)} is of element type ${elementType}, or lies in another file`)
  if (dimensions.some(side => side < 1) || numbers * elementBytes[type] !== raw.length) {
    throw new RangeError(
      `the constant ${quoted(name)} of ${type} [${dimensions.slice(0, 8).join(', ')}] does not take the ${raw.length} bytes that it has`
    )
  }
  if (type !== 'int64') return { type, shape: dimensions }
  if (numbers > 64) throw new RangeError(`the constant ${quoted(name)} has ${numbers} integers, more than a shape or axes need`)
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  return { type, shape: dimensions, integers: Array.from({ length: numbers }, (_, i) => Number(view.getBigInt64(8 * i, true))) }
}

function attributesOf({ name, attributes = [] }: NodeMessage): Attributes {
  const read: Record<string, number | readonly number[]> = Object.create(null) as Record<string, number>
  for (const { name: key = '', type, integer, integers = [], float } of attributes) {
    const kind = listAttributes.has(key) ? 'integers' : floatAttributes.has(key) ? 'float' : 'integer'
    const value = kind === 'integers' ? integers : kind === 'float' ? float : integer
    if (type !== attributeTypes[kind] || value === undefined || key in read)
      throw new SyntaxError(`the attribute ${quoted(key)} of the node ${quoted(name)} is malformed`)
    read[key] = value
  }
  return read
}
