/** The messages of onnx.proto that models of this package consist of, by their field numbers there. */

import { type Message, many, one } from '../protobuf.js'

const dimension = { value: one(1, 'int'), parameter: one(2, 'string') }
const shape = { dimensions: many(1, dimension) }
const tensorType = { elementType: one(1, 'int'), shape: one(2, shape) }
const type = { tensor: one(1, tensorType) }
const value = { name: one(1, 'string'), type: one(2, type) }

const tensor = {
  dimensions: many(1, 'int'),
  elementType: one(2, 'int'),
  name: one(8, 'string'),
  /** Little-endian. */
  raw: one(9, 'bytes'),
  /** 1: in another file. */
  location: one(14, 'int')
}

const attribute = { name: one(1, 'string'), float: one(2, 'float'), integer: one(3, 'int'), integers: many(8, 'int'), type: one(20, 'int') }

const node = {
  inputs: many(1, 'string'),
  outputs: many(2, 'string'),
  name: one(3, 'string'),
  operator: one(4, 'string'),
  attributes: many(5, attribute),
  domain: one(7, 'string')
}

const graph = { nodes: many(1, node), name: one(2, 'string'), constants: many(5, tensor), inputs: many(11, value), outputs: many(12, value) }
const operatorSet = { domain: one(1, 'string'), version: one(2, 'int') }
const entry = { key: one(1, 'string'), value: one(2, 'string') }

/** ModelProto. */
export const model = {
  irVersion: one(1, 'int'),
  producer: one(2, 'string'),
  producerVersion: one(3, 'string'),
  graph: one(7, graph),
  operatorSets: many(8, operatorSet),
  metadata: many(14, entry)
}

export type ModelMessage = Message<typeof model>
export type GraphMessage = Message<typeof graph>
export type NodeMessage = Message<typeof node>
export type TensorMessage = Message<typeof tensor>
export type ValueMessage = Message<typeof value>
export type AttributeMessage = Message<typeof attribute>

/** AttributeProto.AttributeType. */
export const attributeTypes = { float: 1, integer: 2, integers: 7 } as const

/** TensorProto.DataType of the element types that models of this package use. */
export const elementTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, float64: 11 } as const

export type ElementType = keyof typeof elementTypes

/** Bytes of one element. */
export const elementBytes: Readonly<Record<ElementType, number>> = { float32: 4, uint8: 1, int32: 4, int64: 8, float64: 8 }

/** The element type with this number in onnx.proto; `undefined` for those that models of this package do not use. */
export function elementTypeOf(number: number | undefined): ElementType | undefined {
  return (Object.keys(elementTypes) as ElementType[]).find(name => elementTypes[name] === number)
}
