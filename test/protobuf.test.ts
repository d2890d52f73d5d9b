import assert from 'node:assert/strict'
import { decode, encode, many, one } from '../src/protobuf.js'

const inner = { name: one(1, 'string'), values: many(2, 'int') }
const table = { count: one(1, 'int'), ratio: one(2, 'float'), raw: one(3, 'bytes'), list: many(4, inner), weights: many(16, 'float') }
const bytesOf = (message: Parameters<typeof encode<typeof table>>[1]): Buffer => Buffer.concat(encode(table, message))

describe('protobuf', () => {
  it('writes the bytes of the specification', () => {
    // The examples of Protocol Buffers' own encoding guide: 150 is 96 01; -2 is ten bytes; tag = number * 8 + wire type.
    assert.deepEqual([...bytesOf({ count: 150 })], [0x08, 0x96, 0x01])
    assert.deepEqual([...bytesOf({ count: -2 })], [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])
    assert.deepEqual([...Buffer.concat(encode(inner, { name: 'testing' }))], [0x0a, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
    assert.deepEqual([...bytesOf({ weights: [1] })], [0x85, 0x01, 0x00, 0x00, 0x80, 0x3f])
  })

  it('reads what it wrote, and leaves out what was not there', () => {
    const message = {
      count: -(2 ** 53 - 1),
      ratio: 0.5,
      raw: Buffer.of(1, 2, 3),
      list: [{ name: 'ä€😀', values: [1, -1, 2 ** 40] }, {}],
      weights: [0.25, -2]
    }
    const read = decode(table, bytesOf(message))
    assert.deepEqual({ ...read, raw: Buffer.from(read.raw!) }, message)
    assert.deepEqual(decode(table, Buffer.alloc(0)), {})
  })

  it('reads packed lists, and skips fields that it does not know', () => {
    assert.deepEqual(decode(inner, Buffer.of(0x12, 0x03, 0x01, 0x96, 0x01)), { values: [1, 150] })
    const unknown = Buffer.of(0x98, 0x06, 0x05, 0x91, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0x92, 0x06, 0x02, 9, 9, 0x95, 0x06, 1, 2, 3, 4)
    assert.deepEqual(decode(table, Buffer.concat([unknown, bytesOf({ count: 7 }), unknown])), { count: 7 })
  })

  for (const [what, bytes, message] of [
    ['a truncated integer', [0x08, 0x96], /in the middle of a value/],
    ['an integer without end', [0x08, ...new Array<number>(11).fill(0xff)], /does not end/],
    ['an integer above 2^53', [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], /too large/],
    ['a length above what follows', [0x1a, 0x05, 1, 2], /5 bytes are declared at byte 2, but 2 follow/],
    ['a negative length', [0x1a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], /declared/],
    ['a truncated float', [0x15, 0, 0], /in the middle/],
    ['a wrong wire type', [0x0d, 0, 0, 0, 0], /wire type 5 where 0 is due/],
    ['a group', [0x9b, 0x06], /none that is read here/],
    ['field number 0', [0x00, 0x00], /field number 0/],
    ['a field twice', [0x08, 0x01, 0x08, 0x02], /count stands twice/],
    ['text that is not UTF-8', [0x22, 0x03, 0x0a, 0x01, 0xff], /not UTF-8/],
    ['a message that ends inside its last field', [0x22, 0x03, 0x0a, 0x07, 0x61], /7 bytes are declared/]
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => decode(table, Buffer.from(bytes)), { name: 'SyntaxError', message }))
  }

  it('refuses more fields than a file of this kind has, whatever they are', () => {
    const many = Buffer.alloc(2_000_004)
    for (let i = 0; i < many.length; i += 2) many[i] = 0x22
    assert.throws(() => decode(table, many), { name: 'SyntaxError', message: /more than 1000000 fields/ })
  })
})
