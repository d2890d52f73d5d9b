/**
 * The operators that graphs of this package consist of, with the rule for the type of what each gives. The same rules serve
 * the writer, which so finds a wrong description before it is a file, and the reader, which so bounds what a file can ask for.
 */

import { type ElementType, elementTypeOf } from './messages.js'

/** A side of an array; `batch` is the number of items, which a run decides. */
export type Side = number | 'batch'

export interface ValueType {
  readonly type: ElementType
  readonly shape: readonly Side[]
  /** What a constant of integers holds: some operators read shapes and axes from it. */
  readonly integers?: readonly number[]
}

export type Attributes = Readonly<Record<string, number | readonly number[]>>

interface Operator {
  /** Inputs that it takes. */
  readonly inputs: number
  /** Attributes, every one of which is written out: a default would be one more thing to know. */
  readonly attributes: readonly string[]
  /** What it gives, the one that is used last. @throws RangeError if it does not take such inputs */
  readonly result: (inputs: readonly ValueType[], attributes: Attributes) => ValueType | readonly ValueType[]
}

/** How an attribute is written; the rest are integers. */
export const listAttributes: ReadonlySet<string> = new Set(['kernel_shape', 'strides', 'pads', 'output_padding'])
export const floatAttributes: ReadonlySet<string> = new Set(['alpha'])

/** Attributes that are 0 or 1: runtimes do not agree on what else would mean. */
const flags = ['keepdims', 'ceil_mode', 'largest', 'sorted'] as const

export const shown = ({ type, shape }: ValueType): string => `${type} [${shape.join(', ')}]`

function refuse(what: string, ...inputs: readonly ValueType[]): never {
  throw new RangeError(`it takes ${what}, not ${inputs.map(shown).join(' and ')}`)
}

/** The one type of inputs that are all float32, or all float64. */
function floats(first: ValueType, ...more: readonly ValueType[]): 'float32' | 'float64' {
  const { type } = first
  return (type === 'float32' || type === 'float64') && more.every(input => input.type === type) ? type : refuse('floats of one type', first, ...more)
}

const axisOf = (input: ValueType, axis: number): number => {
  const position = axis < 0 ? axis + input.shape.length : axis
  return position >= 0 && position < input.shape.length ? position : refuse(`an axis ${axis}`, input)
}

/** Sides multiplied; `batch` is not among them. */
export const sizeOf = (sides: readonly Side[]): number => sides.reduce<number>((product, side) => (side === 'batch' ? NaN : product * side), 1)

/** NumPy's broadcasting. */
function broadcast([a, b]: readonly ValueType[]): ValueType {
  const type = floats(a!, b!)
  const rank = Math.max(a!.shape.length, b!.shape.length)
  const padded = ({ shape }: ValueType): readonly Side[] => [...new Array<Side>(rank - shape.length).fill(1), ...shape]
  const [one, other] = [padded(a!), padded(b!)]
  const shape = one.map((side, i) =>
    side === other[i] || other[i] === 1 ? side : side === 1 ? other[i]! : refuse('shapes that fit each other', a!, b!)
  )
  return { type, shape }
}

const arithmetic: Operator = { inputs: 2, attributes: [], result: inputs => broadcast(inputs) }

function elementwise(...attributes: readonly string[]): Operator {
  return {
    inputs: 1,
    attributes,
    result: ([x]) => ({ type: floats(x!), shape: x!.shape })
  }
}

/** Sides along axes taken away, or kept as 1. */
function reduced(x: ValueType, axes: readonly number[], keep: number): readonly Side[] {
  const positions = new Set(axes.map(axis => axisOf(x, axis)))
  return x.shape.flatMap((side, i) => (!positions.has(i) ? [side] : keep ? [1] : []))
}

const extremum: Operator = {
  inputs: 1,
  attributes: ['axis', 'keepdims'],
  result: ([x], { axis, keepdims }) => {
    floats(x!)
    return { type: 'int64', shape: reduced(x!, [axis as number], keepdims as number) }
  }
}

const constantIntegers = (input: ValueType): readonly number[] => input.integers ?? refuse('a constant of integers', input)

/** Height and width after a window of `kernel_shape` moved over them. */
function windowed(x: ValueType, { kernel_shape, strides, pads, ceil_mode }: Attributes): readonly Side[] {
  const [kernel, stride, pad] = [kernel_shape, strides, pads] as (readonly number[])[]
  if (x.shape.length !== 4 || kernel!.length !== 2 || stride!.length !== 2 || pad!.length !== 4) refuse('[batch, channels, height, width]', x)
  return [0, 1].map(i => {
    const side = (ceil_mode ? Math.ceil : Math.floor)(((x.shape[2 + i] as number) + pad![i]! + pad![2 + i]! - kernel![i]!) / stride![i]!) + 1
    return side >= 1 && Math.min(...kernel!, ...stride!) >= 1 && Math.min(...pad!) >= 0 ? side : refuse(`windows of ${kernel!.join(' x ')}`, x)
  })
}

/** Height and width of what a window of `kernel_shape` was moved over to give this: the inverse of {@link windowed}. */
function spread(x: ValueType, { kernel_shape, strides, pads, output_padding }: Attributes): readonly Side[] {
  const [kernel, stride, pad, more] = [kernel_shape, strides, pads, output_padding] as (readonly number[])[]
  if (x.shape.length !== 4 || kernel!.length !== 2 || stride!.length !== 2 || pad!.length !== 4 || more!.join() !== '0,0')
    refuse('[batch, channels, height, width], and no output padding', x)
  return [0, 1].map(i => {
    const side = ((x.shape[2 + i] as number) - 1) * stride![i]! + kernel![i]! - pad![i]! - pad![2 + i]!
    return side >= 1 && Math.min(...kernel!, ...stride!) >= 1 && Math.min(...pad!) >= 0 ? side : refuse(`windows of ${kernel!.join(' x ')}`, x)
  })
}

export const operators: Readonly<Record<string, Operator>> = {
  Add: arithmetic,
  Sub: arithmetic,
  Mul: arithmetic,
  Div: arithmetic,
  Relu: elementwise(),
  LeakyRelu: elementwise('alpha'),
  Tanh: elementwise(),
  Sigmoid: elementwise(),
  Sqrt: elementwise(),
  Softmax: {
    inputs: 1,
    attributes: ['axis'],
    result: ([x], { axis }) => {
      axisOf(x!, axis as number)
      return { type: floats(x!), shape: x!.shape }
    }
  },
  Cast: {
    inputs: 1,
    attributes: ['to'],
    result: ([x], { to }) => ({ type: elementTypeOf(to as number) ?? refuse(`an element type ${to as number}`, x!), shape: x!.shape })
  },
  Flatten: {
    inputs: 1,
    attributes: ['axis'],
    result: ([x], { axis }) =>
      axis === 1 && x!.shape.length >= 1 ? { type: x!.type, shape: [x!.shape[0]!, sizeOf(x!.shape.slice(1))] } : refuse('axis 1', x!)
  },
  Reshape: {
    inputs: 2,
    attributes: [],
    result: ([x, shape]) => {
      const [batch, ...sides] = constantIntegers(shape!)
      const fits = batch === -1 && sides.every(side => side >= 1) && sizeOf(sides) === sizeOf(x!.shape.slice(1))
      return fits ? { type: x!.type, shape: [x!.shape[0]!, ...sides] } : refuse('-1 and the sides of an item', x!, shape!)
    }
  },
  Unsqueeze: {
    inputs: 2,
    attributes: [],
    result: ([x, axes]) => {
      const [axis, ...more] = constantIntegers(axes!)
      if (axis === undefined || more.length > 0 || axis < 0 || axis > x!.shape.length) refuse('one axis', x!, axes!)
      return { type: x!.type, shape: [...x!.shape.slice(0, axis), 1, ...x!.shape.slice(axis)] }
    }
  },
  ReduceSum: {
    inputs: 2,
    attributes: ['keepdims'],
    result: ([x, axes], { keepdims }) => {
      const list = constantIntegers(axes!)
      return { type: floats(x!), shape: list.length > 0 ? reduced(x!, list, keepdims as number) : refuse('axes', x!, axes!) }
    }
  },
  /** No less than a bound, a scalar. */
  Clip: {
    inputs: 2,
    attributes: [],
    result: ([x, least]) => {
      const type = floats(x!, least!)
      return least!.shape.length === 0 ? { type, shape: x!.shape } : refuse('a scalar for its bound', x!, least!)
    }
  },
  /** Rows of a table by their positions. */
  Gather: {
    inputs: 2,
    attributes: ['axis'],
    result: ([table, positions], { axis }) => {
      const fits = axis === 0 && table!.shape.length > 0 && table!.shape[0] !== 'batch' && positions!.type === 'int64'
      return fits
        ? { type: table!.type, shape: [...positions!.shape, ...table!.shape.slice(1)] }
        : refuse('a table and positions in it', table!, positions!)
    }
  },
  /** The extreme values along an axis, and their positions. */
  TopK: {
    inputs: 2,
    attributes: ['axis', 'largest', 'sorted'],
    result: ([x, count], { axis }) => {
      const type = floats(x!)
      const [k, ...more] = constantIntegers(count!)
      const at = axisOf(x!, axis as number)
      const side = x!.shape[at]!
      if (k === undefined || more.length > 0 || side === 'batch' || k < 1 || k > side) refuse('a number of values that are there', x!, count!)
      const shape = x!.shape.map((given, i) => (i === at ? k : given))
      return [
        { type, shape },
        { type: 'int64', shape }
      ]
    }
  },
  ArgMin: extremum,
  ArgMax: extremum,
  Concat: {
    inputs: 2,
    attributes: ['axis'],
    result: ([a, b], { axis }) => {
      const at = axisOf(a!, axis as number)
      const fits =
        a!.type === b!.type &&
        a!.shape.length === b!.shape.length &&
        a!.shape.every((side, i) => (i === at ? side !== 'batch' && b!.shape[i] !== 'batch' : side === b!.shape[i]))
      return fits
        ? { type: a!.type, shape: a!.shape.map((side, i) => (i === at ? (side as number) + (b!.shape[i] as number) : side)) }
        : refuse('shapes that are equal but for one axis', a!, b!)
    }
  },
  /** A [batch, k] · B' [n, k] + C [n]. */
  Gemm: {
    inputs: 3,
    attributes: ['transB'],
    result: ([a, b, c], { transB }) => {
      const type = floats(a!, b!, c!)
      const [n, k] = b!.shape
      const fits =
        transB === 1 &&
        a!.shape.length === 2 &&
        b!.shape.length === 2 &&
        c!.shape.length === 1 &&
        a!.shape[1] === k &&
        k !== 'batch' &&
        c!.shape[0] === n
      return fits ? { type, shape: [a!.shape[0]!, n!] } : refuse('[batch, k], [n, k] and [n]', a!, b!, c!)
    }
  },
  Conv: {
    inputs: 3,
    attributes: ['kernel_shape', 'strides', 'pads'],
    result: ([x, weight, bias], attributes) => {
      const type = floats(x!, weight!, bias!)
      const [out, channels, ...kernel] = weight!.shape
      const fits =
        channels === x!.shape[1] &&
        bias!.shape.length === 1 &&
        bias!.shape[0] === out &&
        kernel.join() === (attributes.kernel_shape as readonly number[]).join()
      return fits
        ? { type, shape: [x!.shape[0]!, out!, ...windowed(x!, attributes)] }
        : refuse('[batch, channels, …], [out, channels, …] and [out]', x!, weight!, bias!)
    }
  },
  ConvTranspose: {
    inputs: 3,
    attributes: ['kernel_shape', 'strides', 'pads', 'output_padding'],
    result: ([x, weight, bias], attributes) => {
      const type = floats(x!, weight!, bias!)
      const [channels, out, ...kernel] = weight!.shape
      const fits =
        channels === x!.shape[1] &&
        bias!.shape.length === 1 &&
        bias!.shape[0] === out &&
        kernel.join() === (attributes.kernel_shape as readonly number[]).join()
      return fits
        ? { type, shape: [x!.shape[0]!, out!, ...spread(x!, attributes)] }
        : refuse('[batch, channels, …], [channels, out, …] and [out]', x!, weight!, bias!)
    }
  },
  MaxPool: {
    inputs: 1,
    attributes: ['kernel_shape', 'strides', 'pads', 'ceil_mode'],
    result: ([x], attributes) => ({ type: floats(x!), shape: [...x!.shape.slice(0, 2), ...windowed(x!, attributes)] })
  }
}

/** The most numbers that one value may have, per item where it has one per item: 64 MiB of float32. */
const mostNumbers = 2 ** 24

/** Numbers of a value, per item where it has one per item. */
export const numbersOf = ({ shape }: ValueType): number => sizeOf(shape.filter(side => side !== 'batch'))

/**
 * The types of what an operator gives, the one that is used last.
 * @throws RangeError if there is no such operator, or it does not take such inputs or attributes
 */
export function resultsOf(name: string, inputs: readonly ValueType[], attributes: Attributes): readonly ValueType[] {
  const operator = Object.hasOwn(operators, name) ? operators[name]! : undefined
  if (!operator) throw new RangeError(`the operator ${JSON.stringify(name.slice(0, 40))} is none that deep-clustering exports`)
  if (inputs.length !== operator.inputs) throw new RangeError(`it takes ${operator.inputs} inputs, not ${inputs.length}`)
  const given = Object.keys(attributes)
  if (given.length !== operator.attributes.length || !operator.attributes.every(attribute => given.includes(attribute))) {
    throw new RangeError(`its attributes are [${operator.attributes.join(', ')}], not [${given.join(', ').slice(0, 100)}]`)
  }
  const flag = flags.find(attribute => ![undefined, 0, 1].includes(attributes[attribute] as number | undefined))
  if (flag) throw new RangeError(`its ${flag} is neither 0 nor 1`)
  const results = [operator.result(inputs, attributes)].flat() as readonly ValueType[]
  results.forEach(checkSize)
  return results
}

/** @throws RangeError for a value that a graph of this package would not have */
export function checkSize(value: ValueType): void {
  if (!(numbersOf(value) <= mostNumbers)) throw new RangeError(`${shown(value)} has more than ${mostNumbers} numbers`)
  if (value.shape.indexOf('batch') !== value.shape.lastIndexOf('batch')) throw new RangeError(`${shown(value)} has the batch twice`)
}
