import assert from 'node:assert/strict'
import { OnnxModel } from '../../src/onnx/index.js'
import { elementTypes, type GraphMessage, type ModelMessage, model, type NodeMessage, type ValueMessage } from '../../src/onnx/messages.js'
import { readModel } from '../../src/onnx/read-model.js'
import { decode, encode } from '../../src/protobuf.js'
import { smallItems, smallModel } from './small-onnx.js'

const small = decode(model, smallModel())
const changed = (change: (message: ModelMessage) => ModelMessage): Buffer => Buffer.concat(encode(model, change(small)))
const withGraph = (change: (graph: GraphMessage) => GraphMessage): Buffer => changed(message => ({ ...message, graph: change(message.graph!) }))
const withNode = (at: number, change: (node: NodeMessage) => NodeMessage): Buffer =>
  withGraph(graph => ({ ...graph, nodes: graph.nodes!.map((node, i) => (i === at ? change(node) : node)) }))
const array = (name: string, sides: readonly (number | 'batch')[], type: keyof typeof elementTypes = 'float32'): ValueMessage => ({
  name,
  type: {
    tensor: { elementType: elementTypes[type], shape: { dimensions: sides.map(side => (side === 'batch' ? { parameter: side } : { value: side })) } }
  }
})
const constant = (name: string, sides: readonly number[]) => ({
  name,
  dimensions: sides,
  elementType: elementTypes.float32,
  raw: new Uint8Array(4 * sides.reduce((product, side) => product * side, 1))
})

describe('reading an .onnx file', () => {
  it('gives inputs, outputs and metadata of what was exported', () => {
    const { inputs, outputs, metadata, numbersPerItem } = readModel(smallModel(), 'small.onnx')
    assert.deepEqual(inputs, [{ name: 'items', type: 'uint8', shape: [4, 4] }])
    assert.deepEqual(outputs, [
      { name: 'embedding', type: 'float32', shape: [2] },
      { name: 'probabilities', type: 'float32', shape: [3] },
      { name: 'label', type: 'int32', shape: [] }
    ])
    assert.deepEqual({ ...metadata }, { method: 'dcn', clusters: '3', part: 'model' })
    assert.ok(numbersPerItem > 16 * 4 && numbersPerItem < 200, String(numbersPerItem))
  })

  it('hands on only what it understood', () => {
    const unknown = Buffer.of(0xca, 0x01, 0x03, 0x0a, 0x01, 0x66) // field 25, `functions`
    const { bytes } = readModel(Buffer.concat([smallModel(), unknown]), 'small.onnx')
    assert.ok(!Buffer.from(bytes).includes(unknown))
    assert.deepEqual(bytes, readModel(smallModel(), 'small.onnx').bytes)
  })

  describe('refuses', () => {
    const refused = (bytes: Uint8Array, message: RegExp): void =>
      assert.throws(() => readModel(bytes, 'bad.onnx'), { code: 'ERR_FILE_FORMAT', message })

    it('every truncation', () => {
      const whole = smallModel()
      // What ends exactly between two fields may be a whole message, without graph or operator set.
      for (let length = 0; length < whole.length - 60; length++) refused(whole.subarray(0, length), /^bad\.onnx is no model that can be run: /)
    })

    it('a cycle', () => {
      const [a, b] = [small.graph!.nodes![2]!, small.graph!.nodes![3]!]
      assert.equal(b.inputs![0], a.outputs![0])
      refused(
        withNode(2, node => ({ ...node, inputs: [b.outputs![0]!, ...node.inputs!.slice(1)] })),
        /which nothing before it gives \(a cycle, or a value that is missing\)/
      )
    })

    it('nodes in an order in which they cannot run', () =>
      refused(
        withGraph(graph => ({ ...graph, nodes: [...graph.nodes!].reverse() })),
        /a cycle/
      ))
    it('a value that is given twice', () =>
      refused(
        withNode(1, node => ({ ...node, outputs: small.graph!.nodes![0]!.outputs! })),
        /is given twice/
      ))
    it('an operator of another kind', () =>
      refused(
        withNode(0, node => ({ ...node, operator: 'Loop' })),
        /the operator "Loop" is none that deep-clustering exports/
      ))
    it('an operator with the name of a method of objects', () =>
      refused(
        withNode(0, node => ({ ...node, operator: 'constructor' })),
        /none that deep-clustering exports/
      ))
    it('an operator of another domain', () =>
      refused(
        withNode(0, node => ({ ...node, domain: 'com.microsoft' })),
        /none that deep-clustering exports/
      ))
    it('an attribute that is missing or malformed', () => {
      refused(
        withNode(0, node => ({ ...node, attributes: [] })),
        /its attributes are \[to\], not \[\]/
      )
      refused(
        withNode(0, node => ({ ...node, attributes: [{ name: 'to', type: 7, integers: [1] }] })),
        /the attribute "to".*is malformed/
      )
    })
    it('a flag that is neither 0 nor 1', () => {
      const at = small.graph!.nodes!.findIndex(({ operator }) => operator === 'ReduceSum')
      refused(
        withNode(at, node => ({ ...node, attributes: [{ name: 'keepdims', type: 2, integer: 257 }] })),
        /\(ReduceSum\): its keepdims is neither 0 nor 1/
      )
    })
    it('another version of the operators', () =>
      refused(
        changed(message => ({ ...message, operatorSets: [{ version: 99 }] })),
        /its operator sets are \[99\]/
      ))
    it('an output that nothing gives, or of another type', () => {
      refused(
        withGraph(graph => ({ ...graph, outputs: [array('nothing', ['batch', 2])] })),
        /nothing gives its output "nothing"/
      )
      refused(
        withGraph(graph => ({ ...graph, outputs: [array('embedding', ['batch', 3])] })),
        /is float32 \[batch, 2\], but float32 \[batch, 3\] is declared/
      )
    })
    it('weights that do not fit each other', () =>
      refused(
        withGraph(graph => ({ ...graph, inputs: [array('items', ['batch', 5, 4], 'uint8')] })),
        /\(Gemm\): it takes \[batch, k\], \[n, k\] and \[n\], not float32 \[batch, 20\]/
      ))

    it('huge declared sizes', () => {
      const weight = (dimensions: readonly number[]): Buffer =>
        withGraph(graph => ({
          ...graph,
          constants: graph.constants!.map(entry => (entry.name === 'encoder.0.weight' ? { ...entry, dimensions } : entry))
        }))
      refused(weight([2 ** 40, 16]), /does not take the 512 bytes that it has/)
      refused(weight([2 ** 31, 2 ** 31]), /does not take/)
      refused(weight([-8, -16]), /does not take/)
      refused(
        withGraph(graph => ({ ...graph, inputs: [array('items', ['batch', 2 ** 30, 2 ** 30], 'uint8')] })),
        /more than 16777216 numbers/
      )
    })

    it('small constants whose product is huge', () => {
      const bomb: GraphMessage = {
        inputs: [array('items', ['batch', 1])],
        constants: [constant('row', [1, 2 ** 13]), constant('column', [2 ** 13, 1])],
        nodes: [{ operator: 'Add', inputs: ['row', 'column'], outputs: ['table'], name: 'bomb' }],
        outputs: [array('table', ['batch', 2 ** 13])]
      }
      refused(
        withGraph(() => bomb),
        /the node "bomb" \(Add\): float32 \[8192, 8192\] has more than 16777216 numbers/
      )
      const many = Array.from(
        { length: 40 },
        (_, i): NodeMessage => ({ operator: 'Add', inputs: ['row', 'column'], outputs: [`table${i}`], name: `bomb${i}` })
      )
      const smaller = { ...bomb, constants: [constant('row', [1, 2 ** 12]), constant('column', [2 ** 12, 1])], nodes: many }
      refused(
        withGraph(() => smaller),
        /one item takes more than 268435456 numbers/
      )
    })

    it('numbers that lie in another file', () => {
      refused(
        withGraph(graph => ({ ...graph, constants: graph.constants!.map(entry => ({ ...entry, location: 1 })) })),
        /lies in another file/
      )
    })

    it('what is no such file at all', () => {
      for (const bytes of [Buffer.alloc(0), Buffer.from('PK\x03\x04 a zip'), Buffer.alloc(100), Buffer.from('{"format": "json"}')])
        refused(bytes, /is no model that can be run/)
    })
  })

  it('of 600 damaged files, each is refused or runs, and the process lives on', async function () {
    this.timeout(120_000)
    let state = 4321
    const draw = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const mutations: readonly ((bytes: Buffer) => Buffer)[] = [
      bytes => {
        bytes[draw(bytes.length)]! ^= 1 << draw(8)
        return bytes
      },
      bytes => {
        bytes[draw(bytes.length)] = draw(256)
        return bytes
      },
      bytes => bytes.subarray(0, draw(bytes.length)),
      bytes => {
        const at = draw(bytes.length)
        return Buffer.concat([bytes.subarray(0, at), Buffer.from(Array.from({ length: 1 + draw(9) }, () => draw(256))), bytes.subarray(at)])
      },
      bytes => {
        const from = draw(bytes.length)
        bytes.copy(bytes, draw(bytes.length), from, from + 40)
        return bytes
      },
      bytes => {
        const at = draw(bytes.length)
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + draw(30))])
      }
    ]
    const [original, items] = [smallModel(), smallItems(3)]
    const outcomes = { refused: 0, ran: 0 }
    for (let trial = 0; trial < 600; trial++) {
      const bytes = mutations[trial % mutations.length]!(Buffer.from(original))
      try {
        readModel(bytes, 'damaged.onnx')
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'ERR_FILE_FORMAT', (error as Error).stack)
        assert.ok((error as Error).message.length < 600, (error as Error).message)
        ++outcomes.refused
        continue
      }
      // What the reader lets through, onnxruntime takes, or refuses in an orderly way.
      try {
        await using damaged = await OnnxModel.load(bytes, { threads: 1 })
        await damaged.transform(items)
        ++outcomes.ran
      } catch (error) {
        assert.ok((error as { code?: string }).code === 'ERR_FILE_FORMAT' || error instanceof RangeError, (error as Error).stack)
        ++outcomes.refused
      }
    }
    assert.ok(outcomes.refused > 200 && outcomes.ran > 20, JSON.stringify(outcomes))
    await using whole = await OnnxModel.load(original)
    assert.equal((await whole.predict(items)).length, 3)
  })
})
