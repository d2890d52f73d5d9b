/** The header of a safetensors file: which tensor lies where, as JSON. */

import { expected, show } from '../errors.js'
import type { TensorData, Tensors } from '../native/addon.js'
import { JsonScanner } from './json-scanner.js'

/** An element type of the format that this package uses. */
export interface ElementType {
  readonly name: string
  /** Size of one element. */
  readonly bytes: number
  readonly view: (buffer: ArrayBuffer) => TensorData
}

const elementTypes: readonly ElementType[] = [
  { name: 'F32', bytes: 4, view: buffer => new Float32Array(buffer) },
  { name: 'F64', bytes: 8, view: buffer => new Float64Array(buffer) },
  { name: 'U8', bytes: 1, view: buffer => new Uint8Array(buffer) },
  { name: 'I32', bytes: 4, view: buffer => new Int32Array(buffer) },
  { name: 'I64', bytes: 8, view: buffer => new BigInt64Array(buffer) }
]
const arrays = [Float32Array, Float64Array, Uint8Array, Int32Array, BigInt64Array]

/** The name of the header's one entry that is no tensor. */
const metadataKey = '__metadata__'

/** The format sets no bound; NumPy's and PyTorch's are 64. */
const maximalRank = 64

/** Where one tensor lies: bytes `begin` up to `end`, counted from the end of the header. */
export interface HeaderEntry {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/** Strings that a file carries besides its tensors. */
export type Metadata = Readonly<Record<string, string>>

/** Product of the sizes, or NaN where a step of it is no longer exact. */
function elementCount(shape: readonly number[]): number {
  let count = 1
  for (const side of shape) {
    count *= side
    if (!Number.isSafeInteger(count)) return NaN
  }
  return count
}

/**
 * Places tensors one after another: the wider elements first and then by name, as the format's own implementation does, so that
 * every tensor is aligned to its element type.
 * @throws TypeError or RangeError for a tensor that the format cannot hold
 */
export function layOut(tensors: Tensors): readonly HeaderEntry[] {
  const typed = Object.entries(tensors).map(([name, { data, shape }]) => {
    const type = elementTypes[arrays.findIndex(array => data instanceof array)]
    if (!type) throw new TypeError(expected('an array of one of the types of Tensor', name, data))
    if (name === metadataKey) throw new RangeError(expected(`names other than ${metadataKey}`, 'tensors', name))
    if (data.length !== elementCount(shape)) throw new RangeError(expected(`${data.length} elements`, `${name}.shape`, shape))
    return { name, type, shape, length: data.byteLength }
  })
  typed.sort((a, b) => b.type.bytes - a.type.bytes || (a.name < b.name ? -1 : 1))
  let begin = 0
  return typed.map(({ length, ...entry }) => ({ ...entry, begin, end: (begin += length) }))
}

/** The header as bytes, padded with spaces to a multiple of 8. */
export function formatHeader(entries: readonly HeaderEntry[], metadata: Metadata): Buffer {
  // Joined as text, entry by entry: as keys of an object, names like `__proto__` or `1` would get lost or change places.
  const fields: (readonly [string, unknown])[] = [
    [metadataKey, metadata],
    ...entries.map(({ name, type, shape, begin, end }) => [name, { dtype: type.name, shape, data_offsets: [begin, end] }] as const)
  ]
  const json = `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`
  const length = Buffer.byteLength(json)
  const bytes = Buffer.alloc(Math.ceil(length / 8) * 8, ' ')
  bytes.write(json)
  return bytes
}

/**
 * Reads a header and checks all that it claims: its fields, types and shapes, and that the tensors fill `dataLength` bytes to the
 * last one without holes or overlaps.
 * @returns the tensors in the order of their places
 * @throws SyntaxError that says what is wrong
 */
export function parseHeader(text: string, dataLength: number): { entries: readonly HeaderEntry[]; metadata: Metadata } {
  if (text[0] !== '{') throw new SyntaxError('it does not begin with {')
  const scanner = new JsonScanner(text)
  const metadata = Object.create(null) as Record<string, string>
  const entries: HeaderEntry[] = []
  scanner.object(name => {
    if (name === metadataKey) scanner.object(key => (metadata[key] = scanner.string()))
    else entries.push(parseEntry(name, scanner))
  })
  scanner.end()
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let offset = 0
  for (const { name, begin, end } of entries) {
    if (begin !== offset) throw new SyntaxError(`tensor ${show(name)} begins at ${begin}, but the one before it ends at ${offset}`)
    offset = end
  }
  if (offset !== dataLength) throw new SyntaxError(`the tensors take ${offset} bytes, but ${dataLength} follow the header`)
  return { entries, metadata }
}

function parseEntry(name: string, scanner: JsonScanner): HeaderEntry {
  let dtype: string | undefined
  let shape: number[] | undefined
  let offsets: number[] | undefined
  const wrong = (what: string): SyntaxError => new SyntaxError(`tensor ${show(name)} ${what}`)
  scanner.object(field => {
    if (field === 'dtype') dtype = scanner.string()
    else if (field === 'shape') shape = scanner.integers(maximalRank)
    else if (field === 'data_offsets') offsets = scanner.integers(2)
    else throw wrong(`has the unknown field ${show(field)}`)
  })
  if (dtype === undefined || !shape || !offsets) throw wrong('lacks one of dtype, shape and data_offsets')
  const type = elementTypes.find(known => known.name === dtype)
  if (!type) throw wrong(`has the type ${show(dtype)}; readable are ${elementTypes.map(known => known.name).join(', ')}`)
  const [begin, end] = offsets
  if (begin === undefined || end === undefined || begin > end) {
    throw wrong(`has data_offsets that are no range: [${offsets.join(', ')}]`)
  }
  if (elementCount(shape) * type.bytes !== end - begin) {
    throw wrong(`of shape [${shape.join(', ')}] and type ${type.name} does not take the ${end - begin} bytes of its data_offsets`)
  }
  return { name, type, shape, begin, end }
}
