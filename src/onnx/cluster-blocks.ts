/** Clusters as graphs: nearest centres, mixtures, votes of neighbours. */

import { constantOf, type Graph, type Outputs, type Value } from './graph.js'
import { floats, integers, type Learned, type Named, reals } from './learned.js'
import { elementTypes } from './messages.js'
import { sizeOf } from './operators.js'

/** Above this many numbers per item, differences to every centre are taken by a matrix product. */
const mostDifferences = 4096

/** ‖z − m_k‖² for z [batch, d] and centres m [k, d]: [batch, k]. */
export function squaredDistances(graph: Graph, z: Value, centres: Named): Value {
  const [k, d] = centres.shape as [number, number]
  if (sizeOf(centres.shape) <= mostDifferences) {
    const differences = graph.apply('Sub', [graph.apply('Unsqueeze', [z, graph.integers([1])]), constantOf(graph, centres)])
    return graph.apply('ReduceSum', [graph.apply('Mul', [differences, differences]), graph.integers([2])], { keepdims: 0 })
  }
  // ‖z − m‖² = ‖z − c‖² + ‖m − c‖² − 2 (z − c)·(m − c), about the centres' mean c: a common offset costs no precision.
  const mean = Float32Array.from({ length: d }, (_, j) => columnSum(centres.data, d, j) / k)
  const centred = centres.data.map((value, i) => value - mean[i % d]!)
  const norms = Float32Array.from({ length: k }, (_, row) => centred.subarray(row * d, (row + 1) * d).reduce((sum, value) => sum + value * value, 0))
  const a = graph.apply('Sub', [z, graph.constant(`${centres.name}.mean`, mean)])
  const products = graph.apply(
    'Gemm',
    [
      a,
      graph.constant(
        `${centres.name}.centred`,
        centred.map(value => -2 * value),
        centres.shape
      ),
      graph.constant(`${centres.name}.norms`, norms)
    ],
    { transB: 1 }
  )
  const norm = graph.apply('ReduceSum', [graph.apply('Mul', [a, a]), graph.integers([1])], { keepdims: 1 })
  // Rounding may leave a little less than 0 at a centre.
  return graph.apply('Relu', [graph.apply('Add', [products, norm])])
}

function columnSum(data: Float32Array, columns: number, column: number): number {
  let sum = 0
  for (let i = column; i < data.length; i += columns) sum += data[i]!
  return sum
}

/**
 * The nearest centre as `label`, and as `probabilities` the responsibilities of equal spherical Gaussians about the centres:
 * softmax_k(−‖z − m_k‖² / 2σ²), σ² the tensor `variance`.
 */
export function nearestCentre(graph: Graph, squared: Value, learned: Learned): Outputs {
  const variance = Math.max(floats(learned, 'variance').data[0] ?? NaN, 1e-12)
  return {
    probabilities: graph.apply('Softmax', [graph.apply('Mul', [squared, graph.constant('-1 / 2 variance', Float32Array.of(-1 / (2 * variance)))])], {
      axis: 1
    }),
    label: labelOf(graph, graph.apply('ArgMin', [squared], { axis: 1, keepdims: 0 }))
  }
}

/** Positions as 32-bit labels. */
const labelOf = (graph: Graph, position: Value): Value => graph.apply('Cast', [position], { to: elementTypes.int32 })

/** `probabilities` [batch, clusters] and as `label` the largest of `scores`, which need not sum to 1. */
function mostLikely(graph: Graph, probabilities: Value, scores: Value): Outputs {
  return {
    probabilities: probabilities.type === 'float32' ? probabilities : graph.apply('Cast', [probabilities], { to: elementTypes.float32 }),
    label: labelOf(graph, graph.apply('ArgMax', [scores], { axis: 1, keepdims: 0 }))
  }
}

/**
 * Posterior and label of x [batch, d] under the mixture of Gaussians with diagonal covariance `mixture.logits` [k], `mixture.means`
 * and `mixture.log_variances` [k, d], in the precision of these:
 * log π_c + log N(x; μ_c, σ_c²) = log softmax(logits)_c − ½ Σ_d (log 2π + log σ_cd² + (x_d − μ_cd)² / σ_cd²)
 */
export function mixturePosterior(graph: Graph, x: Value, learned: Learned): Outputs {
  const [logits, means, logVariances] = ['logits', 'means', 'log_variances'].map(part => reals(learned, `mixture.${part}`)) as [
    Named<Float64Array>,
    Named<Float64Array>,
    Named<Float64Array>
  ]
  const [k, d] = means.shape as [number, number]
  const likeMeans = (values: readonly number[]): Float32Array | Float64Array =>
    means.data instanceof Float64Array ? Float64Array.from(values) : Float32Array.from(values)
  const highest = Math.max(...logits.data)
  const logTotal = highest + Math.log(logits.data.reduce((sum, logit) => sum + Math.exp(logit - highest), 0))
  const offsets = Array.from({ length: k }, (_, c) => {
    const ofComponent = logVariances.data.subarray(c * d, (c + 1) * d)
    return logits.data[c]! - logTotal - 0.5 * ofComponent.reduce((sum, value) => sum + value + Math.log(2 * Math.PI), 0)
  })
  // 1 / (√2 σ): the square of (x − μ) / (√2 σ) is what is subtracted.
  const factors = Array.from(logVariances.data, value => Math.SQRT1_2 * Math.exp(-value / 2))
  const precise = means.data instanceof Float64Array ? graph.apply('Cast', [x], { to: elementTypes.float64 }) : x
  const differences = graph.apply('Sub', [graph.apply('Unsqueeze', [precise, graph.integers([1])]), constantOf(graph, means)])
  const scaled = graph.apply('Mul', [differences, graph.constant('mixture.factors', likeMeans(factors), means.shape)])
  const squares = graph.apply('ReduceSum', [graph.apply('Mul', [scaled, scaled]), graph.integers([2])], { keepdims: 0 })
  const joint = graph.apply('Sub', [graph.constant('mixture.offsets', likeMeans(offsets)), squares])
  return mostLikely(graph, graph.apply('Softmax', [joint], { axis: 1 }), joint)
}

/**
 * The votes of the nearest of `items` [n, d] for their `labels` [n], with weights 1 / ‖z − item‖², for z [batch, d].
 * @param neighbours how many vote
 */
export function neighbourVotes(
  graph: Graph,
  z: Value,
  learned: Learned,
  items: string,
  labels: string,
  clusters: number,
  neighbours: number
): Outputs {
  const [table, votes] = [{ ...floats(learned, items), name: 'fitted' }, integers(learned, labels)]
  const n = table.shape[0]!
  const indicator = new Float32Array(n * clusters)
  votes.data.forEach((label, item) => (indicator[item * clusters + Number(label)] = 1))
  const nearest = graph.apply('TopK', [squaredDistances(graph, z, table), graph.integers([Math.min(neighbours, n)])], {
    axis: 1,
    largest: 0,
    sorted: 1
  })
  // The distances that decide are taken from differences: an item that was fitted on is at distance 0 of itself.
  const differences = graph.apply('Sub', [
    graph.apply('Gather', [constantOf(graph, table), nearest], { axis: 0 }),
    graph.apply('Unsqueeze', [z, graph.integers([1])])
  ])
  const squared = graph.apply('ReduceSum', [graph.apply('Mul', [differences, differences]), graph.integers([2])], { keepdims: 1 })
  const weights = graph.apply('Div', [
    graph.constant('one', Float32Array.of(1)),
    graph.apply('Clip', [squared, graph.constant('least squared distance', Float32Array.of(1e-30), [])])
  ])
  const ofNeighbours = graph.apply('Gather', [graph.constant(`${labels}.indicator`, indicator, [n, clusters]), nearest], { axis: 0 })
  const shares = graph.apply('Div', [weights, graph.apply('ReduceSum', [weights, graph.integers([1])], { keepdims: 1 })])
  const probabilities = graph.apply('ReduceSum', [graph.apply('Mul', [shares, ofNeighbours]), graph.integers([1])], { keepdims: 0 })
  return mostLikely(graph, probabilities, probabilities)
}
