/** Each building block, run by onnxruntime, against the formula in plain JavaScript. */

import assert from 'node:assert/strict'
import { mixturePosterior, nearestCentre, neighbourVotes, squaredDistances } from '../../src/onnx/cluster-blocks.js'
import { onnxFiles } from '../../src/onnx/export-model.js'
import type { Graph, Value } from '../../src/onnx/graph.js'
import { OnnxModel } from '../../src/onnx/index.js'
import type { Learned } from '../../src/onnx/learned.js'
import { convolutions, fullyConnected, halved, normalisedConvolution, scaledItems, unitLength, unscaledItems } from '../../src/onnx/network-blocks.js'
import { numbers, learned as small, tensor } from './small-onnx.js'

const n = 5

/** What a graph makes of items of `shape`. */
async function run(
  build: (graph: Graph, items: Value, learned: Learned) => Value,
  learned: Partial<Learned>,
  items: Float32Array | Uint8Array
): Promise<Float32Array> {
  const complete = { ...small, ...learned }
  const input = items instanceof Uint8Array ? 'uint8' : 'float32'
  const [file] = onnxFiles({ model: (graph, x, from) => ({ embedding: build(graph, x, from) }) }, complete, input, { version: '0', metadata: {} })
  await using model = await OnnxModel.load(Buffer.concat(file!.bytes), { threads: 1 })
  return (
    await model.transform({ data: items, shape: [items.length / complete.shape.reduce((product, side) => product * side, 1), ...complete.shape] })
  ).data
}

function close(actual: Float32Array, expected: ArrayLike<number>, tolerance = 1e-5): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]!) <= tolerance * Math.max(1, Math.abs(expected[i]!)), `at ${i}: ${value}, not ${expected[i]}`)
  )
}

describe('building blocks of ONNX graphs', () => {
  const bytes = Uint8Array.from({ length: n * 4 }, (_, i) => (i * 53) % 256)
  const vectors = numbers(n * 4, 3)
  const scaling = (kind: string, shift: readonly number[], scale: readonly number[]): Partial<Learned> => ({
    options: { ...small.options, scaling: kind },
    shape: [2, 2],
    tensors: {
      'input.shift': { data: Float32Array.from(shift), shape: [shift.length] },
      'input.scale': { data: Float32Array.from(scale), shape: [scale.length] }
    }
  })
  const [shift, scale] = [
    [1, 2, 3, 4],
    [0.5, 2, 0, 10]
  ]

  it('what no output comes from is left out of the file', () => {
    const [file] = onnxFiles(
      {
        model(graph, items) {
          graph.apply('Mul', [items, graph.constant('unused numbers', new Float32Array(4))])
          return { embedding: graph.apply('Add', [items, graph.constant('used numbers', new Float32Array(4))]) }
        }
      },
      { ...small, shape: [4] },
      'float32',
      { version: '0', metadata: {} }
    )
    const text = Buffer.concat(file!.bytes).toString('latin1')
    assert.ok(text.includes('used numbers') && !text.includes('unused') && !text.includes('Mul'))
  })

  it('scaling: none, unit, standard, of bytes and floats', async () => {
    close(await run(scaledItems, scaling('none', [0], [1]), bytes), bytes)
    close(
      await run(scaledItems, scaling('unit', [0], [1 / 255]), bytes),
      Array.from(bytes, value => value / 255)
    )
    close(
      await run(scaledItems, scaling('standard', shift, scale), vectors),
      Array.from(vectors, (value, i) => (value - shift[i % 4]!) * scale[i % 4]!)
    )
  })

  it('its inverse, which gives a constant feature its constant', async () => {
    const there = scaling('standard', shift, scale)
    const back = await run((graph, items, learned) => unscaledItems(graph, scaledItems(graph, items, learned), learned), there, vectors)
    close(
      back,
      Array.from(vectors, (value, i) => (i % 4 === 2 ? 3 : value))
    )
  })

  for (const [activation, f] of [
    ['relu', (x: number) => Math.max(0, x)],
    ['leaky-relu', (x: number) => (x > 0 ? x : 0.01 * x)],
    ['tanh', Math.tanh]
  ] as const) {
    it(`a fully connected network with ${activation} between its layers`, async () => {
      const [w0, b0, w1, b1] = [tensor([3, 4], 1), tensor([3], 2), tensor([2, 3], 3), tensor([2], 4)]
      const given = { options: { activation }, shape: [4], tensors: { 'net.0.weight': w0, 'net.0.bias': b0, 'net.1.weight': w1, 'net.1.bias': b1 } }
      const layer = (x: readonly number[], w: Float32Array, b: Float32Array): number[] =>
        Array.from(b, (bias, o) => x.reduce((sum, value, i) => sum + value * w[o * x.length + i]!, bias))
      const expected = Array.from({ length: n }, (_, i) =>
        layer(layer([...vectors.subarray(i * 4, i * 4 + 4)], w0.data, b0.data).map(f), w1.data, b1.data)
      ).flat()
      close(await run((graph, items, learned) => fullyConnected(graph, items, learned, 'net'), given, vectors), expected)
    })
  }

  for (const [how, k, d] of [
    ['few centres, by differences', 3, 4],
    ['many centres, by a product', 40, 128]
  ] as const) {
    it(`squared distances to ${how}, of data with a large common offset`, async () => {
      const offset = 100
      const [z, centres] = [numbers(n * d, 5).map(value => value + offset), tensor([k, d], 6)]
      const data = centres.data.map(value => value + offset)
      const expected = Array.from({ length: n * k }, (_, i) => {
        let sum = 0
        for (let j = 0; j < d; j++) sum += (z[Math.floor(i / k) * d + j]! - data[(i % k) * d + j]!) ** 2
        return sum
      })
      close(await run((graph, items) => squaredDistances(graph, items, { name: 'm', data, shape: [k, d] }), { shape: [d] }, z), expected, 1e-4)
    })
  }

  it('soft assignments, worked out by hand', async () => {
    // Squared distances 1 and 3 with variance 1: exp(-1/2) : exp(-3/2) = 1 : 1/e.
    const given = { shape: [2], tensors: { variance: { data: Float32Array.of(1), shape: [] } } }
    const e = Math.E
    close(await run((graph, items, learned) => nearestCentre(graph, items, learned).probabilities!, given, Float32Array.of(1, 3)), [
      e / (e + 1),
      1 / (e + 1)
    ])
  })

  it('a convolution with its batch normalisation folded in, and the halving of an odd image', async () => {
    const [height, width, channels, maps] = [6, 5, 2, 3]
    const images = numbers(n * channels * height * width, 8)
    const [weight, scale, shift, mean, spread] = [
      tensor([maps, channels, 3, 2], 9),
      tensor([maps], 10),
      tensor([maps], 11),
      tensor([maps], 12),
      tensor([maps], 13)
    ]
    const variance = { data: spread.data.map(value => value * value + 0.1), shape: [maps] }
    const tensors = { 'c.weight': weight, 'c.scale': scale, 'c.shift': shift, 'c.mean': mean, 'c.variance': variance }
    const [h, w] = [height - 2, width - 1]
    const convolved = Float64Array.from({ length: n * maps * h * w }, (_, at) => {
      const [x, y, map, item] = [at % w, Math.floor(at / w) % h, Math.floor(at / (w * h)) % maps, Math.floor(at / (w * h * maps))]
      let sum = 0
      for (let c = 0; c < channels; c++) {
        for (let i = 0; i < 3; i++) {
          for (let j = 0; j < 2; j++)
            sum += weight.data[((map * channels + c) * 3 + i) * 2 + j]! * images[((item * channels + c) * height + y + i) * width + x + j]!
        }
      }
      return (scale.data[map]! * (sum - mean.data[map]!)) / Math.sqrt(variance.data[map]! + 1e-5) + shift.data[map]!
    })
    const given = { shape: [channels, height, width], tensors }
    close(await run((graph, items, learned) => normalisedConvolution(graph, items, learned, 'c'), given, images), convolved)
    const [halfHeight, halfWidth] = [3, 3]
    const half = Float32Array.from({ length: n * channels * halfHeight * halfWidth }, (_, at) => {
      const [x, y, plane] = [at % halfWidth, Math.floor(at / halfWidth) % halfHeight, Math.floor(at / (halfWidth * halfHeight))]
      const pixels = [0, 1].flatMap(i =>
        [0, 1].flatMap(j => (2 * y + i < height && 2 * x + j < width ? [images[(plane * height + 2 * y + i) * width + 2 * x + j]!] : []))
      )
      return Math.max(...pixels)
    })
    close(await run((graph, items) => halved(graph, items), given, images), half)
  })

  it('the stages of a convolutional network, halved while the maps stay large enough', async () => {
    // 28 pixels: 24, halved 12; 8, whose half of 4 is too small. As the core has it: JULE's network for 28 pixels.
    const maps = 2
    const stage = (name: string, channels: number, seed: number) => ({
      [`${name}.weight`]: tensor([maps, channels, 5, 5], seed),
      ...Object.fromEntries(['scale', 'shift', 'mean'].map((part, i) => [`${name}.${part}`, tensor([maps], seed + i)])),
      [`${name}.variance`]: { data: Float32Array.of(1, 2), shape: [maps] }
    })
    const tensors = { ...stage('c.0', 1, 1), ...stage('c.1', maps, 5) }
    const made = await run(
      (graph, items, learned) => convolutions(graph, graph.apply('Flatten', [items], { axis: 1 }), learned, 'c'),
      { shape: [28, 28], tensors },
      numbers(2 * 784, 9)
    )
    assert.equal(made.length, 2 * maps * 8 * 8)
    assert.ok(made.some(value => value > 0) && made.every(value => value >= 0))
  })

  it('rows of length 1, a row of zeros, and rows of length at most 1', async () => {
    const rows = Float32Array.of(3, 4, 0, 0, 1e-6, 0)
    close(await run((graph, items) => unitLength(graph, items), { shape: [2] }, rows), [0.6, 0.8, 0, 0, 1, 0])
    close(await run((graph, items) => unitLength(graph, items, 1), { shape: [2] }, rows), [0.6, 0.8, 0, 0, 1e-6, 0], 1e-7)
  })

  for (const array of [Float32Array, Float64Array]) {
    it(`the posterior of a mixture of Gaussians, with ${array.name} parameters`, async () => {
      const [k, d] = [3, 2]
      const [logits, means, logVariances] = [
        [0.5, -1, 2],
        [0, 0, 1, -1, 0.5, 2],
        [0, 0.3, -2, 1, -0.5, 0.2]
      ]
      const of = (values: readonly number[], shape: readonly number[]) => ({ data: array.from(values), shape })
      const tensors = { 'mixture.logits': of(logits, [k]), 'mixture.means': of(means, [k, d]), 'mixture.log_variances': of(logVariances, [k, d]) }
      const x = numbers(n * d, 14)
      const expected = Array.from({ length: n }, (_, i) => {
        const densities = logits.map((logit, c) => {
          let log = logit
          for (let j = 0; j < d; j++)
            log -=
              0.5 * (Math.log(2 * Math.PI) + logVariances[c * d + j]! + (x[i * d + j]! - means[c * d + j]!) ** 2 / Math.exp(logVariances[c * d + j]!))
          return Math.exp(log)
        })
        const total = densities.reduce((sum, density) => sum + density)
        return densities.map(density => density / total)
      }).flat()
      close(await run((graph, items, learned) => mixturePosterior(graph, items, learned).probabilities!, { shape: [d], tensors }, x), expected)
    })
  }

  it('the votes of neighbours, worked out by hand', async () => {
    // Items at 0, 1, 4 and 10 of clusters 0, 1, 1 and 0. The two nearest of 2.5 are 1 and 4; the two nearest of 0.25 are 0 and 1,
    // with weights 1 / 0.0625 and 1 / 0.5625, which are 9 to 1; 10 was fitted on.
    const tensors = { rows: { data: Float32Array.of(0, 1, 4, 10), shape: [4, 1] }, clusters: { data: BigInt64Array.of(0n, 1n, 1n, 0n), shape: [4] } }
    const votes = await run(
      (graph, items, learned) => neighbourVotes(graph, items, learned, 'rows', 'clusters', 2, 2).probabilities!,
      { shape: [1], tensors },
      Float32Array.of(2.5, 0.25, 10)
    )
    close(votes, [0, 1, 0.9, 0.1, 1, 0])
  })
})
