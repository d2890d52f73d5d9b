import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import jpeg from 'jpeg-js'
import { PNG } from 'pngjs'
import { readCsv, readCsvLabels, readData, readIdx, readImages, readLabels, readNpy, toDataset, writeCsv, writeNpy } from '../../src/data/index.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dc-data-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function file(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const refused = (message: RegExp) => ({ code: 'ERR_FILE_FORMAT', message })

/** An IDX file of this type code, sizes and body. */
function idx(type: number, shape: readonly number[], body: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header[2] = type
  header[3] = shape.length
  shape.forEach((side, i) => header.writeUInt32BE(side, 4 + 4 * i))
  return Buffer.concat([header, body])
}

describe('IDX', () => {
  it('bytes stay bytes, gzipped or not', async () => {
    const bytes = idx(8, [2, 1, 3], Uint8Array.of(0, 1, 2, 253, 254, 255))
    for (const path of [await file('a-idx3-ubyte', bytes), await file('a.gz', gzipSync(bytes))]) {
      const { data, shape } = await readData(path)
      assert.deepEqual([data, shape], [Uint8Array.of(0, 1, 2, 253, 254, 255), [2, 1, 3]])
    }
  })

  it('other types are big-endian', async () => {
    const floats = Buffer.alloc(8)
    floats.writeFloatBE(1.5, 0)
    floats.writeFloatBE(-2, 4)
    assert.deepEqual((await readIdx(await file('f', idx(0x0d, [1, 2], floats)))).data, Float32Array.of(1.5, -2))
    assert.deepEqual((await readLabels(await file('l', idx(0x0b, [2], Buffer.from('fffe0007', 'hex'))))).labels, Int32Array.of(-2, 7))
  })

  it('refuses what lies about itself', async () => {
    const whole = idx(8, [3, 2], new Uint8Array(6))
    await assert.rejects(readIdx(await file('a', whole.subarray(0, 17))), refused(/declares \[3, 2\], which takes 18 bytes, but has 17/))
    await assert.rejects(readIdx(await file('a', Buffer.concat([whole, Buffer.alloc(1)]))), refused(/but has 19/))
    await assert.rejects(readIdx(await file('a', Buffer.from([0, 0, 7, 1, 0, 0, 0, 0]))), refused(/magic number is 00000701/))
    await assert.rejects(readIdx(await file('a', Buffer.from([0, 0, 8, 3, 0]))), refused(/ends within its header/))
    await assert.rejects(readIdx(await file('a', idx(8, [0xffffffff, 0xffffffff], new Uint8Array(4)))), refused(/which takes/))
    await assert.rejects(readIdx(await file('a.gz', gzipSync(whole).subarray(0, 20))), refused(/gzip|header/))
    // Ten megabytes of zeros behind a header that declares six bytes: unpacked no further than declared.
    const bomb = gzipSync(Buffer.concat([whole.subarray(0, 12), Buffer.alloc(10_000_000)]))
    await assert.rejects(readIdx(await file('bomb.gz', bomb)), refused(/unpacks to more than the 18 bytes/))
  })
})

describe('NPY', () => {
  const header = (dictionary: string, version = 1): Buffer => {
    const start = Buffer.alloc(version === 1 ? 10 : 12)
    start.write('\x93NUMPY', 'latin1')
    start[6] = version
    if (version === 1) start.writeUInt16LE(dictionary.length, 8)
    else start.writeUInt32LE(dictionary.length, 8)
    return Buffer.concat([start, Buffer.from(dictionary)])
  }
  const dictionary = (descr: string, shape: string, fortran = 'False'): string =>
    `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`

  it('reads what it wrote, aligned to 64 bytes', async () => {
    const path = join(folder, 'a.npy')
    for (const data of [Float32Array.of(1, -2, 3), Float64Array.of(0.5, 1, 2), Int32Array.of(-7, 0, 7), Uint8Array.of(0, 9, 255)]) {
      await writeNpy(path, { data, shape: [3] })
      const bytes = await readFile(path)
      assert.equal((10 + bytes.readUInt16LE(8)) % 64, 0)
      const read = await readNpy(path)
      assert.deepEqual([[...read.data], read.shape], [[...data], [3]])
    }
  })

  it('versions, byte orders, memory orders and types', async () => {
    const big = Buffer.from('3ff80000000000004000000000000000', 'hex') // 1.5, 2 as >f8
    assert.deepEqual((await readNpy(await file('a', Buffer.concat([header(dictionary('>f8', '(1, 2)'), 2), big])))).data, Float32Array.of(1.5, 2))
    const columns = Buffer.concat([header(dictionary('|u1', '(2, 3)', 'True')), Buffer.from([1, 4, 2, 5, 3, 6])])
    assert.deepEqual((await readNpy(await file('a', columns))).data, Uint8Array.of(1, 2, 3, 4, 5, 6))
    assert.deepEqual(
      (await readNpy(await file('a', Buffer.concat([header(dictionary('|b1', '(2,)')), Buffer.from([1, 0])])))).data,
      Uint8Array.of(1, 0)
    )
    assert.deepEqual(
      (await readNpy(await file('a', Buffer.concat([header(dictionary('<f2', '(2,)')), Buffer.from('003c00c0', 'hex')])))).data,
      Float32Array.of(1, -2)
    )
    assert.deepEqual(
      (await readNpy(await file('a', Buffer.concat([header(dictionary('<i8', '(1,)')), Buffer.from('feffffffffffffff', 'hex')])))).data,
      Int32Array.of(-2)
    )
  })

  it('refuses what is damaged or no number', async () => {
    await assert.rejects(readNpy(await file('a', 'nonsense, long enough')), refused(/magic string/))
    await assert.rejects(readNpy(await file('a', header(dictionary('<f4', '(2,)'), 4))), refused(/version 4/))
    await assert.rejects(
      readNpy(await file('a', Buffer.concat([header(dictionary('<f4', '(2,)')), Buffer.alloc(7)]))),
      refused(/takes 8 bytes, but has 7/)
    )
    await assert.rejects(readNpy(await file('a', header(dictionary('|O8', '(1,)')))), refused(/cannot be read|the type/))
    await assert.rejects(readNpy(await file('a', header("{'shape': (1,)}"))), refused(/cannot be read/))
    await assert.rejects(
      readNpy(await file('a', Buffer.concat([header(dictionary('<i8', '(1,)')), Buffer.from('0000000001000000', 'hex')]))),
      refused(/does not fit in 32 bits/)
    )
  })
})

describe('CSV', () => {
  it('numbers, with or without a header, and any of three separators', async () => {
    assert.deepEqual(await readCsv(await file('a.csv', 'x,y\n1,2\n-3.5,4e2\n')), {
      data: Float32Array.of(1, 2, -3.5, 400),
      shape: [2, 2],
      features: ['x', 'y']
    })
    assert.deepEqual((await readData(await file('a.tsv', '1\t2\n3\t4'))).data, Float32Array.of(1, 2, 3, 4))
    assert.deepEqual((await readData(await file('a.csv', '1;2\r\n\r\n3;4\r\n'))).shape, [2, 2])
  })

  it('errors name line and column', async () => {
    await assert.rejects(readCsv(await file('a.csv', 'a,b\n1,2\n3,four\n')), refused(/line 3, column 2 is "four", not a finite number/))
    await assert.rejects(readCsv(await file('a.csv', '1,2\n3\n')), refused(/line 2 has 1 columns, the first has 2/))
    await assert.rejects(readCsv(await file('a.csv', '1,2\n3,\n')), refused(/line 2, column 2 is ""/))
    await assert.rejects(readCsv(await file('a.csv', '')), refused(/is empty/))
  })

  it('labels: integers as they are, words by first appearance', async () => {
    assert.deepEqual(await readCsvLabels(await file('a.csv', 'label\n3\n-1\n3\n')), { labels: Int32Array.of(3, -1, 3) })
    assert.deepEqual(await readLabels(await file('a.csv', 'cat\ndog\ncat\n')), { labels: Int32Array.of(0, 1, 0), names: ['cat', 'dog'] })
    await assert.rejects(readLabels(await file('a.csv', '1,2\n')), refused(/labels are one column/))
  })

  it('is written to files and streams', async () => {
    const matrix = { data: Float32Array.of(1, 0.5, -2, 4), shape: [2, 2] }
    await writeCsv(join(folder, 'a.csv'), matrix)
    assert.equal(await readFile(join(folder, 'a.csv'), 'utf8'), '1,0.5\n-2,4\n')
    const stream = new PassThrough()
    await writeCsv(stream, { data: Int32Array.of(7, 8), shape: [2] })
    stream.end()
    assert.equal(await text(stream), '7\n8\n')
  })
})

describe('image folders', () => {
  const rgba = (width: number, height: number, pixel: readonly [number, number, number]): Buffer =>
    Buffer.concat(Array.from({ length: width * height }, () => Buffer.from([...pixel, 128])))
  const png = (width: number, height: number, pixel: readonly [number, number, number]): Buffer => {
    const image = new PNG({ width, height })
    rgba(width, height, pixel).copy(image.data)
    return PNG.sync.write(image)
  }

  it('grey images have one channel, coloured ones three, sorted by name', async () => {
    await file('b.png', png(3, 2, [9, 9, 9]))
    await file('a.png', png(3, 2, [7, 7, 7]))
    await file('notes.txt', 'not an image')
    assert.deepEqual(await readData(folder), { data: Uint8Array.from([7, 7, 7, 7, 7, 7, 9, 9, 9, 9, 9, 9]), shape: [2, 2, 3] })
    await file('c.png', png(3, 2, [1, 2, 3]))
    const { data, shape } = await readData(folder)
    assert.deepEqual(shape, [3, 3, 2, 3])
    assert.deepEqual([...data.subarray(36)], [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3])
  })

  it('subfolders are classes; JPEG is read', async () => {
    for (const name of ['cats', 'dogs']) await mkdir(join(folder, name))
    await file('dogs/1.jpg', jpeg.encode({ width: 8, height: 8, data: rgba(8, 8, [200, 200, 200]) }, 95).data)
    await file('cats/1.png', png(8, 8, [10, 10, 10]))
    const { labels, names, files } = await readImages(folder)
    assert.deepEqual(
      [[...labels], names, files],
      [
        [0, 1],
        ['cats', 'dogs'],
        ['cats/1.png', 'dogs/1.jpg']
      ]
    )
    assert.deepEqual((await readLabels(folder)).names, ['cats', 'dogs'])
  })

  it('refuses other sizes, damaged images, empty folders, and labels where there are no classes', async () => {
    await assert.rejects(readData(folder), refused(/no PNG or JPEG images/))
    await file('a.png', png(3, 2, [0, 0, 0]))
    await assert.rejects(readLabels(folder), refused(/no subfolders/))
    await file('b.png', png(2, 2, [0, 0, 0]))
    await assert.rejects(readData(folder), refused(/b\.png: is 2 x 2, but a\.png is 3 x 2/))
    await file('b.png', png(3, 2, [0, 0, 0]).subarray(0, 40))
    await assert.rejects(readData(folder), refused(/b\.png: is not an image that can be read/))
  })
})

describe('by name or path', () => {
  it('mnist-test is bundled', async () => {
    const { data, shape } = await readData('mnist-test')
    assert.ok(data instanceof Uint8Array)
    assert.deepEqual(shape, [10000, 28, 28])
    const { labels } = await readLabels('mnist-test')
    assert.equal(labels.length, 10000)
    // 1,135 of the test digits are ones.
    assert.equal(labels.filter(label => label === 1).length, 1135)
  })

  it('unknown formats and names say what is known', async () => {
    await assert.rejects(readData('mnist'), {
      code: 'ERR_FILE_NOT_FOUND',
      message: /no such file or folder, and no bundled data of this name \(mnist-test\)/
    })
    await assert.rejects(readData(await file('a.bin', 'hello there')), refused(/no known format/))
    await assert.rejects(readData(await file('v', idx(8, [3], new Uint8Array(3)))), refused(/has the shape \[3\]/))
    await assert.rejects(readLabels(await file('m', idx(8, [1, 3], new Uint8Array(3)))), refused(/labels have one dimension/))
  })
})

describe('toDataset', () => {
  it('takes a dataset without a copy, rows, and paths', async () => {
    const dataset = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }
    assert.equal((await toDataset(dataset)).data, dataset.data)
    assert.deepEqual(
      await toDataset([
        [1, 2],
        [3, 4]
      ]),
      dataset
    )
    assert.deepEqual(await toDataset([Float32Array.of(1, 2), Float32Array.of(3, 4)]), dataset)
    assert.deepEqual(await toDataset([Uint8Array.of(1, 2)]), { data: Uint8Array.of(1, 2), shape: [1, 2] })
    assert.deepEqual((await toDataset(await file('a.csv', '1,2\n'))).shape, [1, 2])
  })

  it('copies shared memory', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(8))
    const { data } = await toDataset({ data: shared, shape: [1, 2] })
    assert.ok(data.buffer instanceof ArrayBuffer)
  })

  const wrong: [string, unknown, RegExp][] = [
    ['nothing', undefined, /Expected \{ data, shape \}, an array of rows, or a path for `data` but received undefined/],
    ['doubles', { data: new Float64Array(2), shape: [1, 2] }, /Expected a Float32Array or Uint8Array for `data\.data`/],
    ['one dimension', { data: new Float32Array(2), shape: [2] }, /for `data\.shape` but received \[2\]/],
    ['no items', { data: new Float32Array(0), shape: [0, 2] }, /for `data\.shape`/],
    ['too few numbers', { data: new Float32Array(3), shape: [2, 2] }, /Expected 4 numbers/],
    ['a NaN', { data: Float32Array.of(1, 2, NaN, 4), shape: [2, 2] }, /Expected finite numbers for `data\[1\]\[0\]` but received NaN/],
    [
      'an infinity',
      [
        [1, 2],
        [3, Infinity]
      ],
      /`data\[1\]\[1\]` but received Infinity/
    ],
    ['no rows', [], /at least one row/],
    ['ragged rows', [[1, 2], [3]], /Expected 2 numbers, as in the first row, for `data\[1\]` but received 1/],
    ['words', [['a']], /Expected a number for `data\[0\]\[0\]` but received "a"/],
    ['a row that is none', [[1], 5], /Expected an array of numbers for `data\[1\]`/]
  ]
  for (const [name, input, message] of wrong) it(`refuses ${name}`, () => assert.rejects(toDataset(input as never), { message }))
})
