/** Draws of a generator's inputs, by what its file says of them. Without the addon: other numbers than the core's for the same seed. */

import { expected } from '../errors.js'
import type { Draw } from './description.js'

/** Uniform numbers in [0, 1) with 53 bits, by a seed: two steps of a generator of 32 bits with a Weyl sequence (mulberry32) each. */
export function uniforms(seed: number): () => number {
  let state = (seed ^ (seed / 2 ** 32)) >>> 0
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53
}

/** From N(0, 1), by Box and Muller. */
const gaussian = (next: () => number): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())

function category(weights: readonly number[], next: () => number): number {
  let left = next() * weights.reduce((sum, weight) => sum + weight, 0)
  const found = weights.findIndex(weight => (left -= weight) < 0)
  return found < 0 ? weights.length - 1 : found
}

/**
 * `count` rows of an input, `[count, size]`.
 * @param given the category, or the number in each dimension, in place of drawn ones
 * @throws RangeError if it is none
 */
export function drawn({ name, kind, size, weights }: Draw, count: number, next: () => number, given?: number): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(count * size)
  if (kind !== 'categorical') return rows.map(() => given ?? (kind === 'uniform' ? 2 * next() - 1 : gaussian(next)))
  if (given !== undefined && !(Number.isInteger(given) && given >= 0 && given < size))
    throw new RangeError(expected(`an integer from 0 to ${size - 1}`, `codes.${name}`, given))
  const shares = weights ?? new Array<number>(size).fill(1)
  for (let row = 0; row < count; row++) rows[row * size + (given ?? category(shares, next))] = 1
  return rows
}

/** Rows side by side, in turn: `[count, width]`. */
export function sideBySide(rows: readonly Float32Array[], count: number): Float32Array {
  const sizes = rows.map(({ length }) => length / count)
  const width = sizes.reduce((sum, size) => sum + size, 0)
  const all = new Float32Array(count * width)
  let column = 0
  rows.forEach((part, i) => {
    const size = sizes[i]!
    for (let row = 0; row < count; row++) all.set(part.subarray(row * size, (row + 1) * size), row * width + column)
    column += size
  })
  return all
}

/**
 * The draws that a file's metadata describe, one for each of its inputs; `undefined` if it describes none that fit.
 * @param inputs numbers of a row of each input, by name
 */
export function readDraws(text: string | undefined, inputs: ReadonlyMap<string, number>): readonly Draw[] | undefined {
  let draws: unknown
  try {
    draws = JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
  const isDraw = (draw: unknown): draw is Draw => {
    const { name, kind, size, weights } = (draw ?? {}) as Partial<Draw>
    const known = kind === 'uniform' || kind === 'gaussian' || kind === 'categorical'
    const areWeights =
      weights === undefined ||
      (kind === 'categorical' &&
        Array.isArray(weights) &&
        weights.length === size &&
        weights.every(weight => typeof weight === 'number' && weight >= 0))
    return known && areWeights && typeof name === 'string' && inputs.get(name) === size
  }
  return Array.isArray(draws) && draws.every(isDraw) && draws.length === inputs.size && new Set(draws.map(({ name }) => name)).size === inputs.size
    ? draws
    : undefined
}
