/** CSV: one item a line, numbers separated by commas, semicolons or tabs. */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { parse } from 'csv-parse/sync'
import { formatError } from '../file-errors.js'
import { readText } from './file.js'
import type { RawArray } from './idx.js'

/** The cells of a file, and its header line apart. */
interface Cells {
  readonly header: readonly string[] | undefined
  readonly rows: readonly (readonly string[])[]
  /** Number of the first row's line, from 1. */
  readonly firstLine: number
}

async function readCells(path: string): Promise<Cells> {
  const text = await readText(path)
  let rows: string[][]
  try {
    rows = parse(text, { bom: true, delimiter: [',', ';', '\t'], skip_empty_lines: true, trim: true, relax_column_count: true }) as string[][]
  } catch (cause) {
    throw formatError(path, `is not a CSV file: ${(cause as Error).message}`, cause)
  }
  if (rows.length === 0) throw formatError(path, 'is empty')
  // A first line without a single number, above lines that have some, is a header.
  const header = rows.length > 1 && !rows[0]!.some(isNumber) && rows[1]!.some(isNumber)
  return header ? { header: rows[0], rows: rows.slice(1), firstLine: 2 } : { header: undefined, rows, firstLine: 1 }
}

const isNumber = (cell: string): boolean => cell !== '' && Number.isFinite(Number(cell))

/**
 * Reads a table of numbers: float32 `[n, d]`. A header line is recognised; its names are `features`.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT naming line and column of what is no finite number, or of a short line
 */
export async function readCsv(path: string): Promise<RawArray & { readonly features?: readonly string[] }> {
  const { header, rows, firstLine } = await readCells(path)
  const width = rows[0]!.length
  const data = new Float32Array(rows.length * width)
  rows.forEach((row, i) => {
    if (row.length !== width) throw formatError(path, `line ${i + firstLine} has ${row.length} columns, the first has ${width}`)
    row.forEach((cell, j) => {
      if (!isNumber(cell)) throw formatError(path, `line ${i + firstLine}, column ${j + 1} is ${JSON.stringify(cell)}, not a finite number`)
      data[i * width + j] = Number(cell)
    })
  })
  return { data, shape: [rows.length, width], ...(header && { features: header }) }
}

/** Labels of items, with the names that they stand for if they were words. */
export interface LabelList {
  readonly labels: Int32Array
  /** What label i is called; only for labels that are not integers. */
  readonly names?: readonly string[]
}

/**
 * Reads one column of labels. Integers are taken as they are; words become 0, 1, … in the order in which they first appear.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if there is more than one column
 */
export async function readCsvLabels(path: string): Promise<LabelList> {
  const { rows, firstLine } = await readCells(path)
  const wide = rows.findIndex(row => row.length !== 1)
  if (wide >= 0) throw formatError(path, `line ${wide + firstLine} has ${rows[wide]!.length} columns; labels are one column`)
  const cells = rows.map(row => row[0]!)
  if (cells.every(cell => isNumber(cell) && (Number(cell) | 0) === Number(cell))) return { labels: Int32Array.from(cells, Number) }
  return namedLabels(cells)
}

/** Words as numbers, in the order in which they first appear. */
export function namedLabels(words: readonly string[]): Required<LabelList> {
  const codes = new Map<string, number>()
  const labels = Int32Array.from(words, word => {
    const code = codes.get(word) ?? codes.size
    codes.set(word, code)
    return code
  })
  return { labels, names: [...codes.keys()] }
}

/** Writes a matrix or vector as CSV, one item a line, to a file or a stream (which stays open). */
export async function writeCsv(
  target: string | NodeJS.WritableStream,
  tensor: { readonly data: ArrayLike<number>; readonly shape: readonly number[] }
): Promise<void> {
  const [n = 0, ...rest] = tensor.shape
  const width = rest.reduce((product, side) => product * side, 1)
  const stream = typeof target === 'string' ? createWriteStream(target) : target
  const rowsAtOnce = Math.max(1, Math.floor(65536 / width))
  for (let begin = 0; begin < n; begin += rowsAtOnce) {
    let text = ''
    for (let row = begin; row < Math.min(n, begin + rowsAtOnce); ++row) {
      for (let column = 0; column < width; ++column) text += (column === 0 ? '' : ',') + String(tensor.data[row * width + column])
      text += '\n'
    }
    if (!stream.write(text)) await once(stream, 'drain')
  }
  if (typeof target === 'string') {
    stream.end()
    await finished(stream)
  }
}
