/** What an .onnx file holds; a part of `inspect`. Needs neither the addon nor onnxruntime-node, and takes files of any origin. */

import { elementTypeOf, type ValueMessage } from '../onnx/messages.js'
import { decodeOnnx, readOnnxBytes } from '../onnx/read-model.js'
import type { CommandContext } from './command.js'

/** Text of a file that nobody vouches for: no control characters reach the terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '�')

interface Described {
  readonly name: string
  readonly type: string
  readonly shape: readonly (number | string)[]
}

function described({ name = '', type }: ValueMessage): Described {
  const tensor = type?.tensor
  return {
    name,
    type: elementTypeOf(tensor?.elementType) ?? `type ${tensor?.elementType ?? 0}`,
    shape: (tensor?.shape?.dimensions ?? []).map(({ value, parameter }) => parameter ?? value ?? '?')
  }
}

/**
 * Prints what the file `path` is: inputs, outputs, nodes, constants, metadata.
 * @param json as one line of JSON
 * @returns the exit code
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, ERR_FILE_FORMAT if it is no .onnx file
 */
export async function inspectOnnx(path: string, json: boolean, context: CommandContext): Promise<number> {
  const { irVersion = 0, producer = '', producerVersion = '', operatorSets = [], metadata = [], graph } = decodeOnnx(await readOnnxBytes(path), path)
  const { inputs = [], outputs = [], nodes = [], constants = [] } = graph!
  const report = {
    producer: `${producer} ${producerVersion}`.trim(),
    irVersion,
    opset: Object.fromEntries(operatorSets.map(({ domain, version = 0 }) => [domain || 'ai.onnx', version])),
    inputs: inputs.map(described),
    outputs: outputs.map(described),
    nodes: nodes.map(({ operator = '', inputs: from = [], outputs: to = [] }) => ({ operator, inputs: from, outputs: to })),
    constants: constants.map(({ name = '', elementType, dimensions = [] }) => ({
      name,
      type: elementTypeOf(elementType) ?? `type ${elementType ?? 0}`,
      shape: dimensions
    })),
    metadata: Object.fromEntries(metadata.map(({ key = '', value = '' }) => [key, value]))
  }
  if (json) {
    context.stdout.write(`${JSON.stringify(report)}\n`)
    return 0
  }
  const line = (label: string, text: string): string => `${label.padEnd(12)}${printable(text)}\n`
  const shown = ({ name, type, shape }: Described): string => `${name} ${type} [${shape.join(', ')}]`
  context.stdout.write(
    line('producer', report.producer) +
      line(
        'opset',
        Object.entries(report.opset)
          .map(([domain, version]) => `${domain} ${version}`)
          .join(', ')
      ) +
      report.inputs.map(input => line('input', shown(input))).join('') +
      report.outputs.map(output => line('output', shown(output))).join('') +
      Object.entries(report.metadata)
        .map(([key, value]) => line('metadata', `${key}=${value}`))
        .join('') +
      report.nodes.map(({ operator, inputs: from, outputs: to }) => line('node', `${to.join(', ')} = ${operator}(${from.join(', ')})`)).join('') +
      report.constants.map(constant => line('constant', shown(constant))).join('')
  )
  return 0
}
