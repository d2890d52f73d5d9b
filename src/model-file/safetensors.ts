/**
 * The safetensors format, version of Hugging Face: 8 bytes of header length (little-endian), a JSON header, the numbers.
 * Nothing in a file is executed or trusted: every claim of the header is checked against the file before memory is taken.
 */

import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { DeepClusteringError } from '../errors.js'
import type { Tensor, TensorData, Tensors } from '../native/addon.js'
import { parseJson } from './json.js'

interface Kind {
  readonly name: string
  readonly bytes: number
  readonly view: (buffer: ArrayBuffer) => TensorData
}

const kinds: readonly Kind[] = [
  { name: 'F32', bytes: 4, view: buffer => new Float32Array(buffer) },
  { name: 'F64', bytes: 8, view: buffer => new Float64Array(buffer) },
  { name: 'U8', bytes: 1, view: buffer => new Uint8Array(buffer) },
  { name: 'I32', bytes: 4, view: buffer => new Int32Array(buffer) },
  { name: 'I64', bytes: 8, view: buffer => new BigInt64Array(buffer) },
]

/** The format's own bound on the header. */
const maximalHeader = 100_000_000

function kindOf(data: TensorData): Kind {
  const index = [Float32Array, Float64Array, Uint8Array, Int32Array, BigInt64Array].findIndex(type => data instanceof type)
  return kinds[index]!
}

/**
 * Writes tensors, in the order of their names, and strings about them. The file appears under its name only when it is whole.
 */
export async function writeSafetensors(path: string, tensors: Tensors, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  const names = Object.keys(tensors).sort()
  const header: [string, unknown][] = [['__metadata__', metadata]]
  let offset = 0
  for (const name of names) {
    const { data, shape } = tensors[name]!
    header.push([name, { dtype: kindOf(data).name, shape, data_offsets: [offset, offset + data.byteLength] }])
    offset += data.byteLength
  }
  // Written as text entry by entry, so that a tensor may have any name.
  const json = Buffer.from(`{${header.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`)
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')])
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  const parts = [length, padded, ...names.map(name => tensors[name]!.data).map(data => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]
  await writeWhole(path, parts)
}

/** Writes a file beside its place and moves it there, so that nobody ever sees a part of it. */
export async function writeWhole(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${process.pid}.${Date.now().toString(36)}.tmp`
  try {
    const file = await open(temporary, 'w')
    try {
      for (const part of parts) await file.writeFile(part)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: Tensors
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Reads a safetensors file with the types F32, F64, U8, I32 and I64.
 * @throws DeepClusteringError ERR_FILE_FORMAT for anything that the format does not allow
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const wrong = (what: string, cause?: unknown): DeepClusteringError =>
    new DeepClusteringError('ERR_FILE_FORMAT', `${path}: ${what}`, cause === undefined ? undefined : { cause })
  let file: FileHandle
  try {
    file = await open(path)
  } catch (cause) {
    throw wrong(`cannot be read (${(cause as Error).message})`, cause)
  }
  try {
    const { size } = await file.stat()
    if (size < 8) throw wrong(`is too short for a safetensors file (${size} bytes)`)
    const declared = (await readAt(file, 0, 8)).readBigUInt64LE()
    if (declared > BigInt(Math.min(size - 8, maximalHeader))) throw wrong(`declares a header of ${declared} bytes, but has ${size} in all`)
    const headerLength = Number(declared)
    const entries = readHeader(await readAt(file, 8, headerLength), size - 8 - headerLength, wrong)
    const tensors: Tensors = Object.create(null) as Tensors
    for (const { name, kind, shape, begin, end } of entries.tensors) {
      const bytes = await readAt(file, 8 + headerLength + begin, end - begin)
      tensors[name] = { data: kind.view(bytes.buffer as ArrayBuffer), shape } satisfies Tensor
    }
    return { tensors, metadata: entries.metadata }
  } finally {
    await file.close()
  }
}

/** Exactly `length` bytes, in a buffer of their own. */
async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.from(new ArrayBuffer(length))
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done)
    if (bytesRead === 0) throw new DeepClusteringError('ERR_FILE_FORMAT', 'The file became shorter while it was read')
    done += bytesRead
  }
  return buffer
}

interface Entry {
  readonly name: string
  readonly kind: Kind
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

type Wrong = (what: string, cause?: unknown) => DeepClusteringError

function readHeader(bytes: Buffer, dataLength: number, wrong: Wrong): { tensors: readonly Entry[]; metadata: Readonly<Record<string, string>> } {
  if (bytes[0] !== 0x7b) throw wrong('has a header that does not begin with {')
  let header: Map<string, unknown>
  try {
    header = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw wrong(`has a header that is no valid JSON (${(cause as Error).message})`, cause)
  }
  const metadata: Record<string, string> = Object.create(null) as Record<string, string>
  const tensors: Entry[] = []
  for (const [name, value] of header) {
    if (!(value instanceof Map)) throw wrong(`the header's entry ${JSON.stringify(name)} is no object`)
    if (name === '__metadata__') {
      for (const [key, text] of value as Map<string, unknown>) {
        if (typeof text !== 'string') throw wrong(`the metadata's entry ${JSON.stringify(key)} is no string`)
        metadata[key] = text
      }
    } else {
      tensors.push(readEntry(name, value as Map<string, unknown>, wrong))
    }
  }
  // Without holes and overlaps, and to the last byte.
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let offset = 0
  for (const { name, begin, end } of tensors) {
    if (begin !== offset) throw wrong(`the tensor ${JSON.stringify(name)} begins at ${begin}, the one before ends at ${offset}`)
    offset = end
  }
  if (offset !== dataLength) throw wrong(`its tensors take ${offset} bytes, but ${dataLength} follow the header`)
  return { tensors, metadata }
}

function readEntry(name: string, entry: Map<string, unknown>, wrong: Wrong): Entry {
  const label = `the tensor ${JSON.stringify(name)}`
  const keys = [...entry.keys()].sort().join()
  if (keys !== 'data_offsets,dtype,shape') throw wrong(`${label} has the fields ${keys || 'none'}, not dtype, shape and data_offsets`)
  const kind = kinds.find(({ name: dtype }) => dtype === entry.get('dtype'))
  if (!kind) throw wrong(`${label} has the type ${JSON.stringify(entry.get('dtype'))}; readable are ${kinds.map(({ name: dtype }) => dtype).join(', ')}`)
  const shape = entry.get('shape')
  const offsets = entry.get('data_offsets')
  if (!isSizes(shape)) throw wrong(`${label} has a shape that is no list of sizes`)
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) throw wrong(`${label} has data_offsets that are no range`)
  const length = shape.reduce((product, side) => product * side, 1)
  const [begin, end] = offsets as [number, number]
  if (!Number.isSafeInteger(length) || length * kind.bytes !== end - begin) {
    throw wrong(`${label} of shape [${shape.join(', ')}] and type ${kind.name} does not take the ${end - begin} bytes of its data_offsets`)
  }
  return { name, kind, shape, begin, end }
}

const isSizes = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(side => Number.isSafeInteger(side) && side >= 0)
