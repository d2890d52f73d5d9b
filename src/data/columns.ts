/** Tables as items: one column of lists of numbers, or columns of numbers. */

import type { Block, SourceHead } from './source.js'
import { sliceBytes } from './turns.js'

/** What the values of a column are; `bytes` where every number is a whole one from 0 to 255 by its type. */
export interface ColumnType {
  readonly name: string
  readonly holds: 'numbers' | 'lists' | 'others'
  readonly bytes: boolean
}

/** A column of some rows. */
export interface Column {
  readonly name: string
  /** A number, a bigint, a boolean, or a list of such; anything else is refused. */
  at(row: number): unknown
}

/** The errors of a table: of its file or of its query. */
export type Refuse = (what: string) => Error

/**
 * The columns that make the items: the one of lists if there is one, else all.
 * @throws what `refuse` makes of a table with several columns of lists, or of none and columns that are no numbers
 */
export function itemColumns(
  columns: readonly ColumnType[],
  refuse: Refuse
): { readonly names: readonly string[]; readonly lists: boolean; readonly bytes: boolean } {
  const named = (some: readonly ColumnType[]): string => some.map(({ name }) => JSON.stringify(name)).join(', ')
  const lists = columns.filter(({ holds }) => holds === 'lists')
  if (lists.length > 1) throw refuse(`has several columns of lists (${named(lists)}): choose one by a SQL query`)
  const used = lists.length === 1 ? lists : columns
  if (used.length === 0) throw refuse('has no columns')
  const others = used.filter(({ holds }) => holds === 'others')
  if (others.length > 0) throw refuse(`has columns that are not numbers (${named(others)}): choose those that are by a SQL query`)
  return { names: used.map(({ name }) => name), lists: lists.length === 1, bytes: used.every(({ bytes }) => bytes) }
}

/** What rows are, once the first is known. */
export interface RowLayout {
  readonly width: number
  readonly lists: boolean
  readonly bytes: boolean
}

type Value = number | bigint | boolean | null | undefined

/** What is known of the items of a table: of lists the first says how long all are. */
export function headOf(
  name: string,
  { names, lists, bytes }: ReturnType<typeof itemColumns>,
  items: number | undefined,
  first: unknown,
  refuse: Refuse
): { readonly head: SourceHead; readonly layout: RowLayout } {
  const width = lists ? lengthOf(first) : names.length
  if (!width) throw refuse(`row 1, column ${JSON.stringify(names[0])} is not a list of numbers`)
  const layout = { width, lists, bytes }
  return { head: { name, type: bytes ? 'uint8' : 'float32', shape: [width], items, ...(!lists && { features: names }) }, layout }
}

const lengthOf = (list: unknown): number | undefined =>
  Array.isArray(list) || ArrayBuffer.isView(list) ? (list as ArrayLike<Value> & object).length : undefined

/** Rows `0` to `rows` of a table as blocks; `first` is the number of rows before them. */
export function* rowBlocks(
  columns: readonly Column[],
  rows: number,
  first: number,
  layout: RowLayout,
  refuse: Refuse
): Generator<Pick<Block, 'data'>> {
  const { width, lists, bytes } = layout
  const atOnce = Math.max(1, Math.floor(sliceBytes / (32 * width))) // numbers that come one by one take longer than their bytes
  for (let from = 0; from < rows; from += atOnce) {
    const count = Math.min(atOnce, rows - from)
    const data = bytes ? new Uint8Array(count * width) : new Float32Array(count * width)
    for (let i = 0; i < count; ++i) {
      const row = from + i
      const wrong = (column: number, value: unknown): Error =>
        refuse(
          `row ${first + row + 1}, column ${JSON.stringify(columns[column]!.name)} is ${value === undefined ? 'null' : String(value)}, not ${lists ? 'a list of numbers' : 'a number'}`
        )
      if (lists) {
        const list = columns[0]!.at(row)
        const length = lengthOf(list)
        if (length === undefined) throw wrong(0, list)
        if (length !== width) throw refuse(`row ${first + row + 1} has ${length} numbers, the first has ${width}`)
        if (list instanceof Float32Array || list instanceof Float64Array) data.set(list, i * width)
        else {
          for (let j = 0; j < width; ++j) {
            const value = (list as ArrayLike<Value>)[j]
            if (!isValue(value)) throw wrong(0, `[…, ${String(value)}, …]`)
            data[i * width + j] = Number(value)
          }
        }
      } else {
        for (let j = 0; j < width; ++j) {
          const value = columns[j]!.at(row)
          if (!isValue(value)) throw wrong(j, value)
          data[i * width + j] = Number(value)
        }
      }
    }
    yield { data }
  }
}

const isValue = (value: unknown): value is number | bigint | boolean =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
