import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadModelFolder, saveModelFolder } from '../../src/model-file/index.js'
import { sampleTensors } from './sample-tensors.js'

/** Draws integers from 0 up to `below`, the same ones for the same seed. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

type Draw = (below: number) => number
type Mutation = (bytes: Buffer, draw: Draw) => Buffer

const insert = (bytes: Buffer, at: number, what: Buffer): Buffer => Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)])
const pick = <T>(items: readonly T[], draw: Draw): T => items[draw(items.length)]!

/** Replaces one match of a pattern in the bytes. */
function edit(pattern: RegExp, replacement: (draw: Draw) => string): Mutation {
  return (bytes, draw) => {
    const match = pick([...bytes.toString('latin1').matchAll(pattern)], draw)
    return Buffer.concat([bytes.subarray(0, match.index), Buffer.from(replacement(draw)), bytes.subarray(match.index + match[0].length)])
  }
}

const oddNumbers = ['-1', '0', '1.5', '1e308', '4294967296', '9007199254740991', '18446744073709551616', 'null', '"1"', '[]', '{}']

const anywhere: Record<string, Mutation> = {
  'bit flip': (bytes, draw) => {
    bytes[draw(bytes.length)]! ^= 1 << draw(8)
    return bytes
  },
  truncation: (bytes, draw) => bytes.subarray(0, draw(bytes.length)),
  insertion: (bytes, draw) => insert(bytes, draw(bytes.length), Buffer.from(Array.from({ length: 1 + draw(9) }, () => draw(256)))),
  'longer file': (bytes, draw) => Buffer.concat([bytes, Buffer.alloc(1 + draw(100))]),
  'block copied over another': (bytes, draw) => {
    const from = draw(bytes.length)
    bytes.copy(bytes, draw(bytes.length), from, from + 40)
    return bytes
  },
  'another digit': edit(/\d/g, draw => String(draw(10))),
  'odd number': edit(/\d+/g, draw => pick(oddNumbers, draw)),
  'another mark': edit(/[{}[\]",:]/g, draw => pick([...'{}[]",: '], draw)),
  'special name': edit(/(?<=")[\w.]+(?=")/g, draw => pick(['__proto__', 'constructor', '__metadata__', 'pair', '\\u0000', ''], draw))
}

const headerEdits: readonly Mutation[] = [
  edit(/(?<=[[,])\d+(?=[\],])/g, draw => pick(oddNumbers, draw)),
  edit(/(?<="dtype":")\w+/g, draw => pick(['F32', 'F64', 'U8', 'I32', 'I64', 'F16', 'BF16', 'BOOL', 'f32', '__proto__'], draw)),
  edit(/(?<=")[\w.]+(?=":\{)/g, draw => pick(['__proto__', '__metadata__', 'labels', 'a.count'], draw))
]

/** A changed file whose declared header length says what its header has now. */
function withLengthOfHeader(changed: Buffer, original: Buffer): Buffer {
  changed.writeBigUInt64LE(original.readBigUInt64LE() + BigInt(changed.length - original.length))
  return changed
}

const inTensors: Record<string, Mutation> = {
  ...anywhere,
  'length lie': (bytes, draw) => {
    bytes.writeBigUInt64LE(
      pick([0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n, BigInt(bytes.length), bytes.readBigUInt64LE() + BigInt(draw(17)) - 8n], draw)
    )
    return bytes
  },
  'another byte of the length': (bytes, draw) => {
    bytes[draw(8)] = draw(256)
    return bytes
  },
  'swapped offsets': (bytes, draw) => {
    const header = bytes.toString('latin1')
    const all = [...header.matchAll(/(?<="data_offsets":)\[\d+,\d+\]/g)].map(([range]) => range)
    const [one, other] = [pick(all, draw), pick(all, draw)]
    const text = header.replace(/(?<="data_offsets":)\[\d+,\d+\]/g, range => (range === one ? other : range === other ? one : range))
    return withLengthOfHeader(Buffer.from(text, 'latin1'), bytes)
  },
  'reversed offsets': (bytes, draw) => {
    const header = bytes.toString('latin1')
    const match = pick([...header.matchAll(/\[(\d+),(\d+)\]/g)], draw)
    return Buffer.from(header.replace(match[0], `[${match[2]},${match[1]}]`), 'latin1')
  },
  'header edit of another length, declared': (bytes, draw) => withLengthOfHeader(pick(headerEdits, draw)(bytes, draw), bytes),
  'other metadata': edit(/"__metadata__":\{[^}]*\}/g, draw =>
    pick(['"__metadata__":{}', '"__metadata__":[]', '"__metadata__":{"pair":1}', '"x":{"pair":"y"}'], draw)
  )
}

const inConfig: Record<string, Mutation> = {
  ...anywhere,
  'another value': edit(/(?<=": )[^,\n]+/g, draw => pick([...oddNumbers, 'true', '"x"', '[[[[[[[[]]]]]]]]'], draw)),
  'another version': edit(/(?<="formatVersion": )\d+/g, draw => pick([...oddNumbers, '2'], draw)),
  'another pair': edit(/(?<="pair": ")[\da-f-]+/g, draw => pick(['', '..', '00000000-0000-0000-0000-000000000000'], draw))
}

describe('hostile files', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-hostile-'))
    await saveModelFolder(folder, { method: 'dcn', seed: 7, options: { clusters: 10 }, note: 'x'.repeat(50) }, sampleTensors)
  })
  after(() => rm(folder, { recursive: true }))

  for (const [name, mutations, perMutation] of [
    ['model.safetensors', inTensors, 30],
    ['config.json', inConfig, 25]
  ] as const) {
    it(`${Object.keys(mutations).length * perMutation} changes of ${name} load to something whole or are refused, and nothing else`, async function () {
      this.timeout(60_000)
      const path = join(folder, name)
      const original = await readFile(path)
      const draw = generator(12345)
      const outcomes = { loaded: 0, refused: 0 }
      for (const [kind, mutate] of Object.entries(mutations)) {
        for (let trial = 0; trial < perMutation; ++trial) {
          const bytes = mutate(Buffer.from(original), draw)
          await writeFile(path, bytes)
          try {
            const { config, tensors } = await loadModelFolder(folder)
            assert.equal(config['formatVersion'], 1)
            for (const { data, shape } of Object.values(tensors))
              assert.equal(
                data.length,
                shape.reduce((product, side) => product * side, 1)
              )
            ++outcomes.loaded
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'ERR_FILE_FORMAT', `${kind}, trial ${trial}: ${(error as Error).stack}`)
            assert.ok((error as Error).message.startsWith(folder), (error as Error).message)
            assert.ok((error as Error).message.length < 1000, kind)
            ++outcomes.refused
          }
        }
      }
      await writeFile(path, original)
      await loadModelFolder(folder)
      assert.ok(outcomes.refused > outcomes.loaded && outcomes.loaded > 0, JSON.stringify(outcomes))
    })
  }

  it('a change inside a number changes that number only', async () => {
    const path = join(folder, 'model.safetensors')
    const original = await readFile(path)
    const bytes = Buffer.from(original)
    bytes[bytes.length - 1]! ^= 1
    await writeFile(path, bytes)
    const { tensors } = await loadModelFolder(folder)
    await writeFile(path, original)
    assert.deepEqual({ ...tensors }, { ...sampleTensors, bytes: { data: Uint8Array.of(0, 127, 254), shape: [3] } })
  })
})
