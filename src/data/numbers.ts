/** The number types that files of arrays hold, under numpy's names, and their conversion to the arrays of this package. */

/** Bytes stay bytes, integers become `Int32Array`, everything else `Float32Array`. */
export type Numbers = Uint8Array | Float32Array | Int32Array

/** A dense array as it stands in a file. */
export interface RawArray {
  readonly data: Numbers
  readonly shape: readonly number[]
}

/** The bytes of some numbers in an `ArrayBuffer` of their own, from its start. */
export type Bytes = Uint8Array<ArrayBuffer>

interface NumberType {
  readonly kind: 'float' | 'integer' | 'byte'
  readonly bytes: number
  /** Little-endian numbers; a view where they need no change. Throws what `refuse` makes of an integer that does not fit in 32 bits. */
  readonly convert: (raw: Bytes, refuse: (what: string) => Error) => Numbers
  /** What a dataset in files calls it, where its numbers can be read in place. */
  readonly inPlace?: 'float32' | 'float16' | 'uint8' | 'int8'
}

export const numberTypes = {
  f2: { kind: 'float', bytes: 2, inPlace: 'float16', convert: ({ buffer, length }) => halves(new Uint16Array(buffer, 0, length / 2)) },
  f4: { kind: 'float', bytes: 4, inPlace: 'float32', convert: ({ buffer, length }) => new Float32Array(buffer, 0, length / 4) },
  f8: { kind: 'float', bytes: 8, convert: ({ buffer, length }) => new Float32Array(new Float64Array(buffer, 0, length / 8)) },
  i1: { kind: 'integer', bytes: 1, inPlace: 'int8', convert: ({ buffer, length }) => new Int32Array(new Int8Array(buffer, 0, length)) },
  i2: { kind: 'integer', bytes: 2, convert: ({ buffer, length }) => new Int32Array(new Int16Array(buffer, 0, length / 2)) },
  i4: { kind: 'integer', bytes: 4, convert: ({ buffer, length }) => new Int32Array(buffer, 0, length / 4) },
  i8: { kind: 'integer', bytes: 8, convert: ({ buffer, length }, refuse) => longs(new Int32Array(buffer, 0, length / 4), refuse) },
  u1: { kind: 'byte', bytes: 1, inPlace: 'uint8', convert: raw => raw },
  u2: { kind: 'integer', bytes: 2, convert: ({ buffer, length }) => new Int32Array(new Uint16Array(buffer, 0, length / 2)) },
  u4: { kind: 'float', bytes: 4, convert: ({ buffer, length }) => new Float32Array(new Uint32Array(buffer, 0, length / 4)) },
  b1: { kind: 'byte', bytes: 1, inPlace: 'uint8', convert: raw => raw }
} as const satisfies Readonly<Record<string, NumberType>>

export type NumberName = keyof typeof numberTypes

export const typeNamed = (name: NumberName): NumberType => numberTypes[name]

/** Turns the bytes of each number round, in place. */
export function swapBytes(raw: Bytes, bytes: number): void {
  const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.length)
  if (bytes === 2) buffer.swap16()
  if (bytes === 4) buffer.swap32()
  if (bytes === 8) buffer.swap64()
}

/** Every IEEE 754 binary16 number, by its bits; made at the first need. */
let halfTable: Float32Array | undefined

function halves(bits: Uint16Array): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, i) => half(i))
  const table = halfTable
  const data = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; ++i) data[i] = table[bits[i]!]!
  return data
}

/** IEEE 754 binary16 as a number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** 64-bit integers as pairs of low and high halves. */
function longs(pairs: Int32Array, refuse: (what: string) => Error): Int32Array {
  const data = new Int32Array(pairs.length / 2)
  for (let i = 0; i < data.length; ++i) {
    const low = pairs[2 * i]!
    if (pairs[2 * i + 1] !== low >> 31) {
      const value = Number((BigInt(pairs[2 * i + 1]!) << 32n) | BigInt(low >>> 0))
      throw refuse(`holds the integer ${value}, which does not fit in 32 bits`)
    }
    data[i] = low
  }
  return data
}
