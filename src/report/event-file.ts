/** TensorBoard's event files: TFRecords of `Event` messages (tensorflow/core/util/event.proto, framework/summary.proto). */

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode, type Message, many, one } from '../protobuf.js'

const imageFields = { height: one(1, 'int'), width: one(2, 'int'), colorspace: one(3, 'int'), encodedImageString: one(4, 'bytes') } as const
const valueFields = { tag: one(1, 'string'), simpleValue: one(2, 'float'), image: one(4, imageFields) } as const
const eventFields = {
  wallTime: one(1, 'double'),
  step: one(2, 'int'),
  fileVersion: one(3, 'string'),
  summary: one(5, { value: many(1, valueFields) })
} as const

/** One value of a summary. */
export type SummaryValue = Message<typeof valueFields>

/** Remainders of the bytes by the polynomial of CRC-32C (Castagnoli), reflected. */
const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1
  return rest
})

/** The checksum as TFRecords hold it: rotated and shifted, since they hold checksums of what may hold checksums. */
export function maskedChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = remainders[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
  crc = ~crc >>> 0
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** A record: its length and that of its bytes each with a checksum. */
function recordOf(parts: readonly Uint8Array[]): Buffer {
  const data = Buffer.concat(parts)
  const record = Buffer.alloc(12 + data.length + 4)
  record.writeBigUInt64LE(BigInt(data.length))
  record.writeUInt32LE(maskedChecksum(record.subarray(0, 8)), 8)
  data.copy(record, 12)
  record.writeUInt32LE(maskedChecksum(data), 12 + data.length)
  return record
}

/** A file of events that grows. What is appended is on its way to the disk before the next line of the program. */
export class EventFile {
  readonly path: string

  /** Begins a new file in `folder`, which is made if there is none. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    const now = Date.now()
    this.path = join(folder, `events.out.tfevents.${now}.${process.pid}.${files++}.deep-clustering`)
    writeFileSync(this.path, recordOf(encode(eventFields, { wallTime: now / 1000, fileVersion: 'brain.Event:2' })))
  }

  append(step: number, values: readonly SummaryValue[], wallTime = Date.now() / 1000): void {
    appendFileSync(this.path, recordOf(encode(eventFields, { wallTime, step, summary: { value: values } })))
  }
}

let files = 0
