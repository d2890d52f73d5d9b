/** The tensors of the open inference protocol (KServe v2): as lists in JSON, or as bytes behind it (its binary extension). */

import type { OnnxPort } from '../onnx/index.js'

/** A request that is not right: 400. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest' as const
  readonly statusCode = 400
}

export const datatypes = { float32: 'FP32', uint8: 'UINT8', int32: 'INT32' } as const

type Numbers = Float32Array | Uint8Array | Int32Array

/** An input as a request describes it. */
interface RequestTensor {
  readonly name?: unknown
  readonly shape?: unknown
  readonly datatype?: unknown
  readonly data?: unknown
  readonly parameters?: { readonly binary_data_size?: unknown }
}

export interface InferenceRequest {
  readonly id: string | undefined
  /** The one input that models here have. */
  readonly input: { readonly data: Float32Array | Uint8Array; readonly shape: readonly number[] }
  /** Names of outputs, and whether each is wanted as bytes; all outputs if the request names none. */
  readonly outputs: ReadonlyMap<string, boolean>
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

function parsed(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new BadRequest(`the body is no JSON: ${(error as Error).message}`)
  }
  if (!isObject(value)) throw new BadRequest('the body must be a JSON object')
  return value
}

/**
 * Reads a request for inference.
 * @param headerLength where the JSON ends and the bytes of tensors begin; all is JSON without it
 * @throws BadRequest saying what is wrong
 */
export function readRequest(
  body: Buffer,
  headerLength: number | undefined,
  ports: { readonly input: OnnxPort; readonly outputs: readonly OnnxPort[] }
): InferenceRequest {
  if (headerLength !== undefined && !(Number.isSafeInteger(headerLength) && headerLength >= 0 && headerLength <= body.length))
    throw new BadRequest(`Inference-Header-Content-Length must be an integer from 0 to ${body.length}, the length of the body`)
  const request = parsed(body.toString('utf8', 0, headerLength))
  const { id, inputs, outputs, parameters } = request
  if (id !== undefined && typeof id !== 'string') throw new BadRequest('`id` must be a string')
  if (!Array.isArray(inputs) || inputs.length !== 1 || !isObject(inputs[0]))
    throw new BadRequest(`\`inputs\` must be a list of one tensor, \`${ports.input.name}\``)
  const allBinary = isObject(parameters) && parameters.binary_data_output === true
  return {
    id,
    input: readInput(inputs[0] as RequestTensor, ports.input, body.subarray(headerLength ?? body.length)),
    outputs: readOutputs(outputs, ports.outputs, allBinary)
  }
}

function readOutputs(asked: unknown, ports: readonly OnnxPort[], allBinary: boolean): ReadonlyMap<string, boolean> {
  const names = ports.map(({ name }) => name)
  if (asked === undefined) return new Map(names.map(name => [name, allBinary]))
  if (!Array.isArray(asked) || asked.length === 0 || !asked.every(isObject))
    throw new BadRequest('`outputs` must be a list of objects such as {"name": "label"}')
  return new Map(
    asked.map(({ name, parameters }) => {
      if (typeof name !== 'string' || !names.includes(name)) throw new BadRequest(`the model gives ${names.join(', ')}, not ${JSON.stringify(name)}`)
      const binary = isObject(parameters) ? parameters.binary_data : undefined
      return [name, binary === undefined ? allBinary : binary === true]
    })
  )
}

function readInput({ name, shape, datatype, data, parameters }: RequestTensor, port: OnnxPort, bytes: Buffer): InferenceRequest['input'] {
  if (name !== port.name) throw new BadRequest(`the model takes \`${port.name}\`, not ${JSON.stringify(name)}`)
  if (!Array.isArray(shape) || !shape.every(side => Number.isSafeInteger(side) && side >= 0))
    throw new BadRequest('`shape` must be a list of integers')
  if (shape.slice(1).join() !== port.shape.join() || shape[0] === 0)
    throw new BadRequest(`\`shape\` must be [n, ${port.shape.join(', ')}] with n from 1, not [${shape.join(', ')}]`)
  const length = shape.reduce((product: number, side: number) => product * side, 1)
  if (datatype !== 'FP32' && datatype !== 'UINT8')
    throw new BadRequest(
      `\`datatype\` must be ${datatypes[port.type]}${port.type === 'uint8' ? ' (or FP32)' : ' (or UINT8)'}, not ${JSON.stringify(datatype)}`
    )
  const size = parameters?.binary_data_size
  if (size !== undefined) {
    const wanted = length * (datatype === 'FP32' ? 4 : 1)
    if (size !== wanted || bytes.length !== wanted)
      throw new BadRequest(
        `\`binary_data_size\` must be ${wanted}, and so many bytes must follow the JSON; it is ${String(size)}, and ${bytes.length} follow`
      )
    // In memory of its own: a float may not begin anywhere.
    const own = new Uint8Array(bytes)
    return { data: datatype === 'FP32' ? new Float32Array(own.buffer) : own, shape }
  }
  if (bytes.length > 0) throw new BadRequest(`${bytes.length} bytes follow the JSON that belong to no tensor: give it \`binary_data_size\``)
  if (!Array.isArray(data)) throw new BadRequest('`data` must be a list of numbers, or `parameters` must have `binary_data_size`')
  const flat: unknown[] = data.flat(Number.POSITIVE_INFINITY)
  if (flat.length !== length) throw new BadRequest(`\`data\` has ${flat.length} numbers, and \`shape\` says ${length}`)
  const numbers = new Float32Array(length)
  for (let i = 0; i < length; i++) {
    const value = flat[i]
    const right = typeof value === 'number' && (datatype === 'FP32' || (Number.isInteger(value) && value >= 0 && value <= 255))
    if (!right)
      throw new BadRequest(
        `\`data[${i}]\` must be ${datatype === 'FP32' ? 'a number' : 'an integer from 0 to 255'}, not ${JSON.stringify(value)?.slice(0, 40)}`
      )
    numbers[i] = value
  }
  return { data: datatype === 'FP32' ? numbers : Uint8Array.from(numbers), shape }
}

/** A result of the model. */
export interface ResultTensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: Numbers
}

/** An answer as JSON, with the tensors that are wanted as bytes behind it. `headerLength` is that of the JSON where bytes follow. */
export function writeResponse(
  about: { readonly model_name: string; readonly id?: string },
  results: readonly ResultTensor[],
  outputs: ReadonlyMap<string, boolean>
): { readonly body: Buffer; readonly headerLength: number | undefined } {
  const binary = results.filter(({ name }) => outputs.get(name))
  const told = results.map(({ data, ...tensor }) =>
    outputs.get(tensor.name) ? { ...tensor, parameters: { binary_data_size: data.byteLength } } : { ...tensor, data: Array.from(data) }
  )
  const header = Buffer.from(JSON.stringify({ ...about, outputs: told }))
  if (binary.length === 0) return { body: header, headerLength: undefined }
  const bytes = binary.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))
  return { body: Buffer.concat([header, ...bytes]), headerLength: header.length }
}
