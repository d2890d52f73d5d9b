/** Codes of many dimensions as points of a plane: principal components, and UMAP (McInnes, Healy, Melville 2018). */

import { UMAP } from 'umap-js'
import type { Tensor } from '../native/addon.js'
import { rowsOf } from './rows.js'

/** x and y of each item, in turn: mean 0, and all but a hundredth of the items within the circle of radius 1. */
export type Layout = Float64Array

/** The two directions of largest variance, by orthogonal iteration on the covariance, which is never formed. */
export function principal({ data, shape }: Tensor): Layout {
  const n = shape[0]!
  const width = data.length / n
  const centred = Float64Array.from(data as Float32Array)
  for (let column = 0; column < width; column++) {
    let mean = 0
    for (let i = column; i < centred.length; i += width) mean += centred[i]! / n
    for (let i = column; i < centred.length; i += width) centred[i]! -= mean
  }
  // More vectors than are wanted: the gap that decides on the speed is then that to the variance after them.
  const uniform = uniforms()
  let vectors = orthonormal(Array.from({ length: Math.min(width, 6) }, () => Float64Array.from({ length: width }, () => uniform() - 0.5)))
  const times = (vector: Float64Array): Float64Array => {
    const product = new Float64Array(width)
    for (let item = 0, from = 0; item < n; item++, from += width) {
      let along = 0
      for (let i = 0; i < width; i++) along += centred[from + i]! * vector[i]!
      for (let i = 0; i < width; i++) product[i]! += along * centred[from + i]!
    }
    return product
  }
  for (let iteration = 0; iteration < 12; iteration++) vectors = orthonormal(vectors.map(times))
  const [x, y] = [vectors[0], vectors[1]].map(vector => (item: number) => {
    let along = 0
    if (vector) for (let i = 0; i < width; i++) along += centred[item * width + i]! * vector[i]!
    return along
  })
  return normalised(Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? x! : y!)(Math.floor(i / 2))))
}

/** Gram and Schmidt's orthonormal basis, in turn; a vector that depends on those before it becomes 0. */
function orthonormal(vectors: readonly Float64Array[]): readonly Float64Array[] {
  const basis: Float64Array[] = []
  for (const vector of vectors) {
    const rest = vector.slice()
    const whole = norm(rest)
    for (const other of basis) {
      let along = 0
      for (let i = 0; i < rest.length; i++) along += rest[i]! * other[i]!
      for (let i = 0; i < rest.length; i++) rest[i]! -= along * other[i]!
    }
    const length = norm(rest)
    basis.push(length > 1e-10 * whole ? rest.map(value => value / length) : rest.fill(0))
  }
  return basis
}

/** Neighbourhoods kept as well as a plane can; the same codes give the same map. */
export function neighbourhoods(codes: Tensor): Layout {
  const rows = rowsOf(codes)
  if (rows.length < 5) return principal(codes)
  const umap = new UMAP({ nNeighbors: Math.min(15, rows.length - 1), minDist: 0.1, nEpochs: 200, random: uniforms() })
  return normalised(umap.fit(rows).flatMap(([x, y]) => [x!, y!]))
}

function uniforms(): () => number {
  let state = 1
  // The minimal standard generator of Park and Miller (1988).
  return () => (state = (state * 48271) % 0x7fffffff) / 0x7fffffff
}

function normalised(points: readonly number[]): Layout {
  const n = points.length / 2
  const layout = Float64Array.from(points, value => (Number.isFinite(value) ? value : 0))
  for (const axis of [0, 1]) {
    let mean = 0
    for (let i = axis; i < layout.length; i += 2) mean += layout[i]! / n
    for (let i = axis; i < layout.length; i += 2) layout[i]! -= mean
  }
  const distances = Float64Array.from({ length: n }, (_, i) => Math.hypot(layout[2 * i]!, layout[2 * i + 1]!)).sort()
  const reach = distances[Math.floor(0.99 * (n - 1))]! || 1
  return layout.map(value => value / reach)
}

/** A layout turned, and mirrored if need be, to lie as near as it can to another one of the same items (orthogonal Procrustes). */
export function aligned(layout: Layout, to: Layout): Layout {
  let [xx, xy, yx, yy] = [0, 0, 0, 0]
  for (let i = 0; i < layout.length; i += 2) {
    xx += layout[i]! * to[i]!
    xy += layout[i]! * to[i + 1]!
    yx += layout[i + 1]! * to[i]!
    yy += layout[i + 1]! * to[i + 1]!
  }
  const mirror = Math.hypot(xx - yy, xy + yx) > Math.hypot(xx + yy, xy - yx) ? -1 : 1
  const angle = Math.atan2(xy - mirror * yx, xx + mirror * yy)
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return layout.map((_, i) => {
    const [x, y] = [layout[i - (i % 2)]!, mirror * layout[i - (i % 2) + 1]!]
    return i % 2 === 0 ? cos * x - sin * y : sin * x + cos * y
  })
}

const norm = (vector: Float64Array): number => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
