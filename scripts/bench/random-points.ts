/** Data of any size for benchmarks, without a file. */
import type { Dataset } from '../../src/data/index.js'

/** Points of eight normal groups, always the same. */
export function randomPoints(n: number, d: number): Dataset {
  let state = 1
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  const centers = Array.from({ length: 8 * d }, () => 2 * normal())
  return { data: Float32Array.from({ length: n * d }, (_, i) => centers[(Math.floor(i / d) % 8) * d + (i % d)]! + normal()), shape: [n, d] }
}
