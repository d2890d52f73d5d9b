/** Arrow: tables and columns in memory, and IPC files (.arrow, Feather), read by apache-arrow, an optional peer, one batch of records after another. */

import { isDeepClusteringError, show } from '../errors.js'
import { formatError } from '../file-errors.js'
import { loadPeer } from '../peers.js'
import type { ArrowColumn, ArrowTable } from './arrow-table.js'
import { type Column, type ColumnType, headOf, itemColumns, type Refuse, rowBlocks } from './columns.js'
import { openFile } from './file.js'
import type { Source } from './source.js'

/** Of the format itself. */
const [int, float, bool, decimal, list, fixedSizeList, largeList] = [2, 3, 6, 7, 12, 16, 21]

/** A type of the format, as the libraries show it. */
interface ArrowType {
  readonly typeId: number
  readonly bitWidth?: number
  readonly isSigned?: boolean
  readonly signed?: boolean
  /** Of floats: 0 is half. */
  readonly precision?: number
  readonly children?: readonly { readonly type: ArrowType }[] | null
}

const isNumber = ({ typeId }: ArrowType): boolean => [int, float, bool, decimal].includes(typeId)
const isByte = ({ typeId, bitWidth, isSigned, signed }: ArrowType): boolean =>
  typeId === bool || (typeId === int && bitWidth === 8 && !(isSigned ?? signed))

function elementOf({ typeId, children }: ArrowType): ArrowType | undefined {
  return [list, fixedSizeList, largeList].includes(typeId) ? children?.[0]?.type : undefined
}

function columnType(name: string, type: ArrowType): ColumnType {
  const inner = elementOf(type)
  return { name, holds: isNumber(inner ?? type) ? (inner ? 'lists' : 'numbers') : 'others', bytes: isByte(inner ?? type) }
}

/** The values of a column as numbers and arrays of numbers. */
function columnOf(name: string, column: ArrowColumn): Column {
  const inner = elementOf(column.type)
  if (!inner) return { name, at: row => column.get(row) }
  const half = inner.typeId === float && inner.precision === 0
  return {
    name,
    at(row) {
      const value = column.get(row)
      if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return value
      // A vector: its array holds halves as bits, and nothing where a value is null.
      const vector = value as Iterable<unknown> & { readonly nullCount?: number; toArray(): unknown }
      return half || (vector.nullCount ?? 0) > 0 ? [...vector] : vector.toArray()
    }
  }
}

/** A table in memory as items. @throws TypeError or RangeError for one whose columns are no numbers */
export function arrowTableSource(table: ArrowTable): Source {
  const refuse: Refuse = what => new TypeError(`Expected a table of numbers for \`data\`: ${show(table)} ${what}`)
  const { fields } = table.schema
  const used = itemColumns(
    fields.map(({ name, type }) => columnType(name, type)),
    refuse
  )
  if (table.numRows === 0) throw refuse('has no rows')
  const columns = columnsOf(table, used.names)
  const { head, layout } = headOf('the Arrow table', used, table.numRows, columns[0]!.at(0), refuse)
  return {
    ...head,
    async *blocks() {
      yield* rowBlocks(columns, table.numRows, 0, layout, refuse)
    }
  }
}

const columnsOf = (table: ArrowTable, names: readonly string[]): readonly Column[] => names.map(name => columnOf(name, table.getChild(name)!))

/** A column in memory as items. @throws TypeError for one that holds no numbers */
export function arrowColumnSource(column: ArrowColumn): Source {
  const name = 'column'
  const { head, blocks } = splitHead(
    arrowTableSource({ numRows: column.length, schema: { fields: [{ name, type: column.type }] }, getChild: () => column })
  )
  const { features: _, ...rest } = head
  return { ...rest, blocks }
}

const splitHead = ({ blocks, ...head }: Source): { readonly head: Omit<Source, 'blocks'>; readonly blocks: Source['blocks'] } => ({ head, blocks })

/**
 * The rows of an Arrow IPC file, or stream in a file, as items.
 * @throws DeepClusteringError ERR_ARROW_MISSING, ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if the file is damaged or has no columns of numbers
 */
export async function arrowSource(path: string): Promise<Source> {
  const refuse: Refuse = what => formatError(path, what)
  const batches = batchesOf(path)
  const { value: first } = await batches.next()
  await batches.return()
  if (!first) throw refuse('has no items')
  const used = itemColumns(
    first.schema.fields.map(({ name, type }) => columnType(name, type)),
    refuse
  )
  const { head, layout } = headOf(path, used, undefined, columnsOf(first, used.names)[0]!.at(0), refuse)
  return {
    ...head,
    async *blocks(signal) {
      let rows = 0
      for await (const batch of batchesOf(path)) {
        for (const block of rowBlocks(columnsOf(batch, used.names), batch.numRows, rows, layout, refuse)) {
          signal?.throwIfAborted()
          yield block
        }
        rows += batch.numRows
      }
    }
  }
}

/** The batches that have rows. */
async function* batchesOf(path: string): AsyncGenerator<ArrowTable, void, void> {
  const { RecordBatchReader } = await loadPeer('arrow', () => import('apache-arrow'))
  const file = await openFile(path)
  try {
    const reader = await RecordBatchReader.from(file)
    await reader.open()
    for await (const batch of reader) if (batch.numRows > 0) yield batch as unknown as ArrowTable
  } catch (cause) {
    if (isDeepClusteringError(cause)) throw cause
    const { message } = cause as Error
    const packed = /compress|codec/i.test(message) ? '. Write it without compression, or as Parquet' : ''
    throw formatError(path, `is not an Arrow file that can be read (${message})${packed}`, cause)
  } finally {
    await file.close().catch(() => undefined)
  }
}
