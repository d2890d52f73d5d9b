/** CSV: one item a line, numbers separated by commas, semicolons or tabs. */

import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { formatError } from '../file-errors.js'
import { collect } from './collect.js'
import { CsvError, readNumbers, readRow } from './csv-rows.js'
import type { Dataset } from './dataset.js'
import { openFile, readUpTo, refuse } from './file.js'
import { writeBytes, writeFileWhole } from './new-file.js'
import type { RawArray } from './numbers.js'
import type { Block, Source } from './source.js'
import { inSlices, sliceBytes, turn } from './turns.js'

/** Bytes of text that are read at once: of numbers, a few milliseconds. */
const textBytes = 2 ** 18

/** A row that is longer is none. */
const longestRow = 2 ** 28

const byteOrderMark = Buffer.of(0xef, 0xbb, 0xbf)

/** The text of a file, a piece at a time, from the start of a row on. */
class Text {
  readonly path: string
  readonly size: number
  readonly #file: FileHandle
  #buffer = Buffer.alloc(2 * textBytes)
  /** Of the next byte of the file. */
  #position = 0
  #ended = false
  begin = 0
  end = 0
  /** Of the row that begins at `begin`, from 1. */
  line = 1

  constructor(path: string, size: number, file: FileHandle) {
    this.path = path
    this.size = size
    this.#file = file
  }

  get bytes(): Buffer {
    return this.#buffer
  }

  /** Whether nothing comes after `end`. */
  get ended(): boolean {
    return this.#ended
  }

  get share(): number {
    return this.size === 0 ? 1 : Math.min(1, (this.#position - (this.end - this.begin)) / this.size)
  }

  /** Reads on after what is left. */
  async more(): Promise<void> {
    if (this.end - this.begin > longestRow) throw formatError(this.path, `is not a CSV file: line ${this.line} has more than ${longestRow} bytes`)
    const rest = this.end - this.begin
    const room = rest > this.#buffer.length / 2 ? Buffer.alloc(2 * this.#buffer.length) : this.#buffer
    this.#buffer.copy(room, 0, this.begin, this.end)
    this.#buffer = room
    const length = await readUpTo(this.path, this.#file, room.subarray(rest, rest + Math.max(textBytes, rest)), this.#position)
    this.begin = this.#position === 0 && room.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
    this.end = rest + length
    this.#position += length
    this.#ended = length === 0
  }

  /** The row at `begin`, which is passed; undefined at the end of what there is. */
  row(): TextRow | undefined {
    while (this.begin < this.end) {
      let row: ReturnType<typeof readRow>
      try {
        row = readRow(this.#buffer, this.begin, this.end, this.#ended)
      } catch (error) {
        if (!(error instanceof CsvError)) throw error
        throw formatError(this.path, `is not a CSV file: line ${this.line + error.line} ${error.message}`, error)
      }
      if (!row) return undefined
      const { line } = this
      this.begin = row.next
      this.line += row.lines
      if (row.cells.length > 0) return { cells: row.cells, line }
    }
    return undefined
  }

  /** The next row; undefined at the end of the file. */
  async nextRow(): Promise<TextRow | undefined> {
    for (;;) {
      const row = this.row()
      if (row || this.#ended) return row
      await this.more()
    }
  }
}

interface TextRow {
  readonly cells: readonly string[]
  /** Where it begins, from 1. */
  readonly line: number
}

const isNumber = (cell: string): boolean => cell !== '' && Number.isFinite(Number(cell))

/** Works on the text of a file, from its first row on. */
async function withText<T>(path: string, work: (text: Text) => Promise<T>): Promise<T> {
  await using file = await openFile(path)
  const { size } = await file.stat().catch(refuse(path))
  return await work(new Text(path, size, file))
}

/** The first row, and whether it is a header: without a single number, above a row that has some. */
async function readHead(text: Text): Promise<{ readonly first: TextRow; readonly isHeader: boolean }> {
  const first = await text.nextRow()
  if (!first) throw formatError(text.path, 'is empty')
  const second = first.cells.some(isNumber) ? undefined : await text.nextRow()
  return { first, isHeader: second?.cells.some(isNumber) ?? false }
}

/**
 * A table of numbers as items. A header line is recognised; its names are `features`.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT naming line and column of what is no finite number, or of a short line
 */
export async function csvSource(path: string): Promise<Source> {
  const { first, isHeader } = await withText(path, readHead)
  const width = first.cells.length
  return {
    name: path,
    type: 'float32',
    shape: [width],
    ...(isHeader && { features: first.cells }),
    blocks: signal => blocks(path, width, isHeader, signal)
  }
}

async function* blocks(path: string, width: number, isHeader: boolean, signal: AbortSignal | undefined): AsyncGenerator<Block, void, void> {
  await using file = await openFile(path)
  const text = new Text(path, (await file.stat().catch(refuse(path))).size, file)
  if (isHeader) await text.nextRow()
  const blockLength = Math.max(1, Math.floor(sliceBytes / (4 * width))) * width
  let block = new Float32Array(blockLength)
  let written = 0
  for (;;) {
    const plain = readNumbers(text.bytes, text.begin, text.end, width, block, written)
    text.begin = plain.next
    text.line += plain.lines
    written = plain.written
    if (written === blockLength) {
      yield { data: block, share: text.share }
      block = new Float32Array(blockLength)
      written = 0
      continue
    }
    // What is no row of plain numbers, or the end of what was read.
    const row = text.row()
    if (row) {
      writeRow(path, row, width, block, written)
      written += width
    } else if (text.ended) break
    else {
      await text.more()
      signal?.throwIfAborted()
    }
  }
  if (written > 0) yield { data: block.slice(0, written), share: 1 }
}

function writeRow(path: string, { cells, line }: TextRow, width: number, block: Float32Array, at: number): void {
  if (cells.length !== width) throw formatError(path, `line ${line} has ${cells.length} columns, the first has ${width}`)
  cells.forEach((cell, j) => {
    if (!isNumber(cell)) throw formatError(path, `line ${line}, column ${j + 1} is ${JSON.stringify(cell)}, not a finite number`)
    block[at + j] = Number(cell)
  })
}

/**
 * Reads a table of numbers: float32 `[n, d]`. A header line is recognised; its names are `features`.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT naming line and column of what is no finite number, or of a short line
 */
export async function readCsv(
  path: string,
  options: { readonly signal?: AbortSignal } = {}
): Promise<RawArray & { readonly features?: readonly string[] }> {
  return (await collect(await csvSource(path), { memory: Infinity, signal: options.signal, onProgress: undefined, finite: false })) as Dataset
}

/** Labels of items, with the names that they stand for if they were words. */
export interface LabelList {
  readonly labels: Int32Array
  /** What label i is called; only for labels that are not integers. */
  readonly names?: readonly string[]
}

/** Rows of labels that are read between two turns of the event loop. */
const labelsAtOnce = 10_000

/**
 * Reads one column of labels. Integers are taken as they are; words become 0, 1, … in the order in which they first appear.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if there is more than one column
 */
export async function readCsvLabels(path: string, options: { readonly signal?: AbortSignal } = {}): Promise<LabelList> {
  const { isHeader } = await withText(path, readHead)
  return withText(path, async text => {
    const list = new WordList()
    if (isHeader) await text.nextRow()
    for (let count = 1; ; ++count) {
      const row = text.row() ?? (await text.nextRow())
      if (!row) break
      if (row.cells.length !== 1) throw formatError(path, `line ${row.line} has ${row.cells.length} columns; labels are one column`)
      list.add(row.cells[0]!)
      if (count % labelsAtOnce === 0) await turn(options.signal)
    }
    return list.labels(options.signal)
  })
}

/** Words as numbers, in the order in which they first appear; integers stand for themselves if all words are. */
export class WordList {
  readonly #codes = new Map<string, number>()
  readonly #items: number[] = []

  add(word: string): void {
    const code = this.#codes.get(word) ?? this.#codes.size
    this.#codes.set(word, code)
    this.#items.push(code)
  }

  async labels(signal?: AbortSignal): Promise<LabelList> {
    const names = [...this.#codes.keys()]
    const numbers = names.every(word => isNumber(word) && (Number(word) | 0) === Number(word))
    const values = numbers ? names.map(Number) : names.map((_, code) => code)
    const labels = new Int32Array(this.#items.length)
    await inSlices(labels.length, signal, (from, to) => {
      for (let i = from; i < to; ++i) labels[i] = values[this.#items[i]!]!
    })
    return numbers ? { labels } : { labels, names }
  }
}

/** Words as numbers, in the order in which they first appear. */
export function namedLabels(words: readonly string[]): Required<LabelList> {
  const names = [...new Set(words)]
  const codes = new Map(names.map((name, code) => [name, code]))
  return { labels: Int32Array.from(words, word => codes.get(word)!), names }
}

/** Rows of numbers that are written. */
export interface CsvBlock {
  readonly data: ArrayLike<number>
  readonly shape: readonly number[]
}

/** Numbers that become text at once: some milliseconds. */
const numbersAtOnce = 2 ** 14

/**
 * Writes a matrix or vector as CSV, one item a line, or blocks of its rows as they come (`model.stream(…)`): to a file, which is there when it is whole, or to a
 * stream, which stays open.
 * @throws DeepClusteringError ERR_FILE_WRITE; what the iterator throws
 */
export async function writeCsv(target: string | NodeJS.WritableStream, tensor: CsvBlock | AsyncIterable<CsvBlock>): Promise<void> {
  if (typeof target === 'string') {
    await writeFileWhole(target, async file => {
      for await (const text of lines(tensor)) await writeBytes(file, Buffer.from(text))
    })
  } else for await (const text of lines(tensor)) if (!target.write(text)) await once(target, 'drain')
}

async function* lines(tensor: CsvBlock | AsyncIterable<CsvBlock>): AsyncGenerator<string, void, void> {
  if (Symbol.asyncIterator in tensor) for await (const block of tensor) yield* linesOf(block)
  else yield* linesOf(tensor)
}

function* linesOf({ data, shape }: CsvBlock): Generator<string, void, void> {
  const [n = 0, ...rest] = shape
  const width = rest.reduce((product, side) => product * side, 1)
  const rowsAtOnce = Math.max(1, Math.floor(numbersAtOnce / width))
  for (let begin = 0; begin < n; begin += rowsAtOnce) {
    let text = ''
    for (let row = begin; row < Math.min(n, begin + rowsAtOnce); ++row) {
      for (let column = 0; column < width; ++column) text += (column === 0 ? '' : ',') + String(data[row * width + column])
      text += '\n'
    }
    yield text
  }
}
