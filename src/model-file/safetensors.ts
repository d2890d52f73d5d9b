/**
 * The safetensors format of Hugging Face: 8 bytes of header length (little-endian), a JSON header, the numbers (little-endian).
 * Nothing in a file is executed or trusted: every claim of the header is checked against the file before memory is taken.
 */

import type { Tensors } from '../native/addon.js'
import { decodeUtf8, replaceFiles, withFile } from './file-access.js'
import { formatHeader, layOut, type Metadata, parseHeader } from './safetensors-header.js'

/** The format's own bound on the header, in bytes. */
const maximalHeader = 100_000_000

/**
 * The bytes of a file, in parts that are to be written one after another; the numbers are views of the tensors, not copies:
 * every platform that libtorch runs on keeps them little-endian, as the format does.
 * @throws TypeError or RangeError for a tensor that the format cannot hold
 */
export function safetensorsParts(tensors: Tensors, metadata: Metadata): readonly Uint8Array[] {
  const entries = layOut(tensors)
  const header = formatHeader(entries, metadata)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const numbers = entries.map(({ name }) => {
    const { buffer, byteOffset, byteLength } = tensors[name]!.data
    return new Uint8Array(buffer, byteOffset, byteLength)
  })
  return [length, header, ...numbers]
}

/**
 * Writes tensors, and strings about them. The file appears under its name only when it is whole and on the disk. The tensors must
 * not change until the promise settles.
 * @throws TypeError or RangeError for a tensor that the format cannot hold; the system's error if the file cannot be written
 */
export async function writeSafetensors(path: string, tensors: Tensors, metadata: Metadata = {}): Promise<void> {
  await replaceFiles([{ path, parts: safetensorsParts(tensors, metadata) }])
}

/** What a safetensors file holds. Neither object has a prototype: any name is safe. */
export interface Safetensors {
  /** In the order of their places in the file, each in a buffer of its own. */
  readonly tensors: Tensors
  readonly metadata: Metadata
}

/**
 * Reads a safetensors file with the types F32, F64, U8, I32 and I64, at most 64 dimensions each.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, ERR_FILE_FORMAT for anything that the format does not allow, ERR_OUT_OF_MEMORY for a tensor too large
 */
export function readSafetensors(path: string): Promise<Safetensors> {
  return withFile(path, 'does not exist', async ({ size, read, wrong }) => {
    if (size < 8) throw wrong(`is too short for a safetensors file (${size} bytes)`)
    const declared = Buffer.from(await read(0, 8)).readBigUInt64LE()
    if (declared > BigInt(Math.min(size - 8, maximalHeader))) {
      throw wrong(`declares a header of ${declared} bytes, but has ${size} in all, and the format allows ${maximalHeader}`)
    }
    const start = 8 + Number(declared)
    const bytes = await read(8, Number(declared))
    let header: ReturnType<typeof parseHeader>
    try {
      header = parseHeader(decodeUtf8(bytes), size - start)
    } catch (cause) {
      throw wrong(`has a wrong header: ${(cause as Error).message}`, cause)
    }
    const tensors = Object.create(null) as Tensors
    for (const { name, type, shape, begin, end } of header.entries) {
      tensors[name] = { data: type.view(await read(start + begin, end - begin)), shape }
    }
    return { tensors, metadata: header.metadata }
  })
}
