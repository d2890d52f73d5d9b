/** The codes of a generator's input: their description as data, values that are given to them, and walks along one. */

import { expected } from '../errors.js'
import type { OptionValues, Tensors } from '../native/addon.js'
import { checkOptions, completeOptions } from '../options/check.js'
import { type Given, optionTable } from '../options/table.js'
import { type SampleOptions, sampleOptions } from './sampling.js'
import type { FloatTensor } from './types.js'

/** One code: categories, or a number from U(-1, 1) or N(0, 1). */
export interface LatentCode {
  /** `c1`, `c2`, … */
  readonly name: string
  readonly kind: 'categorical' | 'uniform' | 'gaussian'
  /** Categories; 1 for a number. */
  readonly size: number
}

/** Values of codes by name: the category of a categorical one, counted from 0, or a number. */
export type CodeValues = Readonly<Record<string, number>>

/**
 * The codes that the options describe, c1 first.
 * @param description `cat10` (10 categories), `uniform`, `gaussian`, by commas; `none` for none
 * @param clusters categories of one more code before them
 * @throws RangeError
 */
export function latentCodes(description: string, clusters?: number): readonly LatentCode[] {
  const words = [...(clusters === undefined ? [] : [`cat${clusters}`]), ...(description === 'none' ? [] : description.split(','))]
  return words.map((word, i) => {
    const name = `c${i + 1}`
    if (word === 'uniform' || word === 'gaussian') return { name, kind: word, size: 1 }
    const size = Number(/^cat([1-9]\d{0,5})$/.exec(word)?.[1] ?? 0)
    const own = clusters !== undefined && i === 0
    if (size < 2 && !own)
      throw new RangeError(expected("codes like 'cat10' (from 2 categories on), 'uniform' or 'gaussian', by commas, or 'none',", 'codes', word))
    return { name, kind: 'categorical', size }
  })
}

/** The codes of a method with these options, its clusters before the others where it has any. @throws RangeError */
export function codesOf(values: Readonly<Record<string, unknown>>): readonly LatentCode[] {
  return latentCodes(values.codes as string, values.clusters as number | undefined)
}

/** Columns of the generator's input: the noise, then the codes. */
export function latentWidth(values: Readonly<Record<string, unknown>>): number {
  return codesOf(values).reduce((sum, { size }) => sum + size, values.noise as number)
}

/** As it is written on the command line: `c1=3,c2=-1.5`. @throws RangeError */
export function parseCodeValues(text: string): CodeValues {
  const pairs = text.split(',').map(part => {
    const [, name, value] = /^(c\d+)=(\S+)$/.exec(part.trim()) ?? []
    if (name === undefined || Number.isNaN(Number(value))) throw new RangeError(expected('values like c1=3,c2=-1.5', 'codes', text))
    return [name, Number(value)] as const
  })
  return Object.fromEntries(pairs)
}

/** One value a code, NaN where none is given. @throws TypeError or RangeError */
export function fixedValues(codes: readonly LatentCode[], given: unknown): readonly number[] {
  if (given === undefined) return codes.map(() => NaN)
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TypeError(expected('an object like { c1: 3, c2: -1.5 }', 'codes', given))
  const unknown = Object.keys(given).find(name => !codes.some(code => code.name === name))
  if (unknown !== undefined)
    throw new RangeError(
      expected(codes.length > 0 ? `values of ${codes.map(({ name }) => name).join(', ')}` : 'no values (the model has no codes)', 'codes', unknown)
    )
  return codes.map(({ name, kind, size }) => {
    const value = (given as Record<string, unknown>)[name]
    if (value === undefined) return NaN
    const accepted = kind === 'categorical' ? `an integer from 0 to ${size - 1}` : 'a number'
    if (typeof value !== 'number') throw new TypeError(expected(accepted, `codes.${name}`, value))
    if (kind === 'categorical' ? !Number.isInteger(value) || value < 0 || value >= size : !Number.isFinite(value))
      throw new RangeError(expected(accepted, `codes.${name}`, value))
    return value
  })
}

/** Options of {@link GAN.sample}. */
export type CodeSampleOptions = SampleOptions & {
  /** Values of codes; the others, and the noise, are drawn. */
  codes?: CodeValues | undefined
}

/** @throws TypeError or RangeError */
export function checkedCodeDraw({ codes: given, ...options }: CodeSampleOptions, codes: readonly LatentCode[]): OptionValues {
  return { ...(completeOptions(sampleOptions, {}, checkOptions(sampleOptions, options) as never) as OptionValues), codes: fixedValues(codes, given) }
}

/** Options of `traverse`, as a table; those of a code without values of its own are the table's. */
export const traverseOptions = optionTable({
  code: { type: 'text', placeholder: 'c1|c2|…', default: 'c1', meaning: 'The code that changes along a row' },
  from: { type: 'number', min: -1000, max: 1000, meaning: 'Its first value: by default the first category, or -2', source: 'InfoGAN' },
  to: { type: 'number', min: -1000, max: 1000, meaning: 'Its last value: by default the last category, or 2', source: 'InfoGAN' },
  steps: {
    type: 'integer',
    min: 1,
    max: 1000,
    meaning: 'Values along a row: by default 10 of a number; of a categorical code, every category from `from` to `to`'
  },
  rows: {
    type: 'integer',
    min: 1,
    max: 1000,
    default: 10,
    unit: 'rows',
    meaning: 'Rows, each with noise of its own; where a number changes, each of another category of the first categorical code'
  },
  seed: sampleOptions.seed
})

/** Options of {@link InfoGAN.traverse} and {@link GAN.traverse}. */
export type TraverseOptions = Given<typeof traverseOptions> & {
  /** Values of other codes, the same in all rows. */
  codes?: CodeValues | undefined
}

/** A grid of generated items. */
export interface Traversal {
  /** `[rows, steps, ...shape]`, in the units of the data. */
  readonly items: FloatTensor
  /** Values of the code along a row. */
  readonly values: readonly number[]
}

/** A walk as the core takes it. @throws TypeError or RangeError */
export function checkedTraversal(
  { codes: given, ...options }: TraverseOptions,
  codes: readonly LatentCode[]
): { readonly native: OptionValues; readonly values: readonly number[] } {
  const { code: name, from, to, steps, rows, seed } = completeOptions(traverseOptions, {}, checkOptions(traverseOptions, options) as never)
  const position = codes.findIndex(code => code.name === name)
  if (position < 0)
    throw new RangeError(
      expected(codes.length > 0 ? `one of ${codes.map(code => code.name).join(', ')}` : 'no code (the model has none)', 'code', name)
    )
  const { kind, size } = codes[position]!
  const categorical = kind === 'categorical'
  const [first, last] = [from ?? (categorical ? 0 : -2), to ?? (categorical ? size - 1 : 2)]
  if (categorical) {
    for (const [option, value] of [
      ['from', first],
      ['to', last]
    ] as const) {
      if (!Number.isInteger(value) || value < 0 || value >= size)
        throw new RangeError(expected(`an integer from 0 to ${size - 1}, a category of ${name},`, option, value))
    }
    if (last < first) throw new RangeError(expected(`an integer from ${first}`, 'to', last))
    if (steps !== undefined && steps !== last - first + 1)
      throw new RangeError(expected(`${last - first + 1}, the categories from ${first} to ${last},`, 'steps', steps))
  }
  const count = categorical ? last - first + 1 : (steps ?? 10)
  const fixed = fixedValues(codes, given)
  if (!Number.isNaN(fixed[position])) throw new RangeError(expected(`values of other codes than ${name}`, 'codes', given))
  const values = Array.from({ length: count }, (_, step) => (count === 1 ? first : first + ((last - first) * step) / (count - 1)))
  return { native: { code: position, from: first, to: last, steps: count, rows, seed, codes: fixed }, values }
}

/** The grid from the core's items, row by row. */
export function traversalOf({ samples }: Tensors, values: readonly number[]): Traversal {
  const { data, shape } = samples as FloatTensor
  return { items: { data, shape: [shape[0]! / values.length, values.length, ...shape.slice(1)] }, values }
}

/** A walk by `generate`, which takes it as the core does. @throws TypeError or RangeError */
export async function traversed(
  options: TraverseOptions,
  codes: readonly LatentCode[],
  generate: (walk: OptionValues) => Promise<Tensors>
): Promise<Traversal> {
  const { native, values } = checkedTraversal(options, codes)
  return traversalOf(await generate(native), values)
}

/** One code's columns of what all codes say, side by side: `[n, size]`. */
export function codeColumns({ data, shape }: FloatTensor, codes: readonly LatentCode[], code: number): FloatTensor {
  const [n, width] = shape as [number, number]
  const begin = codes.slice(0, code).reduce((sum, { size }) => sum + size, 0)
  const { size } = codes[code]!
  const columns = new Float32Array(n * size)
  for (let row = 0; row < n; row++) columns.set(data.subarray(row * width + begin, row * width + begin + size), row * size)
  return { data: columns, shape: [n, size] }
}
