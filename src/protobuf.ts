/**
 * The wire format of Protocol Buffers, as far as ONNX and TensorBoard need it. A message is a table of its fields; the writer and the reader
 * both follow the table, and TypeScript derives the type of the message from it.
 */

type Scalars = {
  /** int32, int64 or an enum; within ±2^53. */
  int: number
  float: number
  double: number
  string: string
  bytes: Uint8Array
}

export interface Field<Value = unknown> {
  readonly number: number
  readonly kind: keyof Scalars | Fields
  readonly repeated: boolean
  /** For the compiler alone: what the field holds. */
  readonly holds?: Value
}

export type Fields = { readonly [name: string]: Field }

type ValueOf<Kind> = Kind extends keyof Scalars ? Scalars[Kind] : Kind extends Fields ? Message<Kind> : never

/** A message: what is absent in the file is absent here. */
export type Message<Table extends Fields> = { readonly [Name in keyof Table]?: Table[Name] extends Field<infer Value> ? Value : never }

/** A field that stands once in its message. */
export function one<const Kind extends keyof Scalars | Fields>(number: number, kind: Kind): Field<ValueOf<Kind>> {
  return { number, kind, repeated: false }
}

/** A field that stands any number of times. */
export function many<const Kind extends keyof Scalars | Fields>(number: number, kind: Kind): Field<readonly ValueOf<Kind>[]> {
  return { number, kind, repeated: true }
}

enum Wire {
  varint = 0,
  fixed64 = 1,
  bytes = 2,
  fixed32 = 5
}

/** How numbers are laid out; everything else is `bytes`. */
const wireOf: Readonly<Record<string, Wire>> = { int: Wire.varint, float: Wire.fixed32, double: Wire.fixed64 }

/** The parts of a message, to be written one after another; `bytes` fields are views of what was given, not copies. */
export function encode<Table extends Fields>(table: Table, message: Message<Table>): readonly Uint8Array[] {
  return Object.entries(table).flatMap(([name, field]) => {
    const value = (message as Readonly<Record<string, unknown>>)[name]
    if (value === undefined) return []
    return (field.repeated ? (value as readonly unknown[]) : [value]).flatMap(item => encodeField(field, item))
  })
}

function encodeField({ number, kind }: Field, value: unknown): readonly Uint8Array[] {
  const tag = (wire: Wire): Uint8Array => varint(number * 8 + wire)
  const sized = (parts: readonly Uint8Array[]): readonly Uint8Array[] => [
    tag(Wire.bytes),
    varint(parts.reduce((sum, part) => sum + part.length, 0)),
    ...parts
  ]
  switch (kind) {
    case 'int':
      return [tag(Wire.varint), varint(value as number)]
    case 'float': {
      const bytes = new Uint8Array(4)
      new DataView(bytes.buffer).setFloat32(0, value as number, true)
      return [tag(Wire.fixed32), bytes]
    }
    case 'double': {
      const bytes = new Uint8Array(8)
      new DataView(bytes.buffer).setFloat64(0, value as number, true)
      return [tag(Wire.fixed64), bytes]
    }
    case 'string':
      return sized([Buffer.from(value as string)])
    case 'bytes':
      return sized([value as Uint8Array])
    default:
      return sized(encode(kind, value as Message<Fields>))
  }
}

/** Seven bits a byte, lowest first; a negative number as its 64-bit two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Uint8Array.of(...bytes, Number(rest))
}

/** Fields that a whole message may hold, at any depth: what it takes in memory is bounded by this, not by what a file claims. */
const mostFields = 1_000_000

/**
 * Reads a message. Fields that the table lacks are skipped; `bytes` are views of `bytes`.
 * @throws SyntaxError for anything that is not such a message
 */
export function decode<Table extends Fields>(table: Table, bytes: Uint8Array): Message<Table> {
  return new Reader(bytes).message(table, bytes.length) as Message<Table>
}

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #position = 0
  #fields = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  message(table: Fields, end: number): Readonly<Record<string, unknown>> {
    const message: Record<string, unknown> = {}
    while (this.#position < end) {
      if (++this.#fields > mostFields) throw new SyntaxError(`it has more than ${mostFields} fields`)
      const tag = this.#integer(end)
      const wire = tag % 8
      const number = (tag - wire) / 8
      if (number < 1) throw new SyntaxError(`field number ${number} at byte ${this.#position} is none`)
      const found = Object.entries(table).find(([, field]) => field.number === number)
      if (!found) {
        this.#skip(wire, end)
        continue
      }
      const [name, field] = found
      const values = this.#values(field, wire, end)
      if (field.repeated) {
        const list = (message[name] ??= []) as unknown[]
        for (const value of values) list.push(value)
      } else if (name in message) throw new SyntaxError(`${name} stands twice in one message`)
      else message[name] = values[0]
    }
    return message
  }

  /** The values of one field as it stands in the file: one, or several if it is a packed list. */
  #values({ kind, repeated }: Field, wire: number, end: number): readonly unknown[] {
    if (repeated && wire === Wire.bytes && (kind === 'int' || kind === 'float')) {
      const stop = this.#stop(end)
      const values: number[] = []
      while (this.#position < stop) {
        if (++this.#fields > mostFields) throw new SyntaxError(`it has more than ${mostFields} fields`)
        values.push(kind === 'int' ? this.#integer(stop) : this.#float(stop))
      }
      return values
    }
    const expected = wireOf[kind as string] ?? Wire.bytes
    if (wire !== expected) throw new SyntaxError(`the field before byte ${this.#position} has wire type ${wire} where ${expected} is due`)
    if (kind === 'int') return [this.#integer(end)]
    if (kind === 'float') return [this.#float(end)]
    if (kind === 'double') return [this.#view.getFloat64(this.#advance(8, end), true)]
    const stop = this.#stop(end)
    if (typeof kind === 'object') return [this.message(kind, stop)]
    const bytes = this.#bytes.subarray(this.#position, stop)
    this.#position = stop
    return [kind === 'bytes' ? bytes : text(bytes, stop)]
  }

  #skip(wire: number, end: number): void {
    if (wire === Wire.varint) this.#integer(end)
    else if (wire === Wire.bytes) this.#position = this.#stop(end)
    else if (wire === Wire.fixed64) this.#advance(8, end)
    else if (wire === Wire.fixed32) this.#advance(4, end)
    else throw new SyntaxError(`wire type ${wire} before byte ${this.#position} is none that is read here`)
  }

  /** Where a length-delimited value ends, whose length stands here. */
  #stop(end: number): number {
    const length = this.#integer(end)
    if (length < 0 || length > end - this.#position)
      throw new SyntaxError(`${length} bytes are declared at byte ${this.#position}, but ${end - this.#position} follow`)
    return this.#position + length
  }

  #advance(length: number, end: number): number {
    const from = this.#position
    if (length > end - from) throw new SyntaxError(`it ends in the middle of a value, at byte ${end}`)
    this.#position += length
    return from
  }

  #float(end: number): number {
    return this.#view.getFloat32(this.#advance(4, end), true)
  }

  #integer(end: number): number {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#advance(1, end)]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte >= 0x80) continue
      const number = Number(BigInt.asIntN(64, value))
      if (!Number.isSafeInteger(number)) throw new SyntaxError(`the integer before byte ${this.#position} is too large`)
      return number
    }
    throw new SyntaxError(`the integer before byte ${this.#position} does not end`)
  }
}

function text(bytes: Uint8Array, end: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new SyntaxError(`the text before byte ${end} is not UTF-8`)
  }
}
