/** Parquet files, read by hyparquet, an optional peer: one group of rows after another. */

import type { AsyncBuffer, FileMetaData, SchemaElement, SchemaTree } from 'hyparquet'
import { isDeepClusteringError } from '../errors.js'
import { formatError } from '../file-errors.js'
import { loadPeer } from '../peers.js'
import { type Column, type ColumnType, headOf, itemColumns, rowBlocks } from './columns.js'
import { openFile, readExactly, readStart } from './file.js'
import { checkItems, type Source } from './source.js'

const loadHyparquet = (): Promise<typeof import('hyparquet')> => loadPeer('hyparquet', () => import('hyparquet'))

/**
 * The rows of a Parquet file as items: of its one column of lists, else of all columns.
 * @throws DeepClusteringError ERR_HYPARQUET_MISSING, ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if the file is damaged or has no such columns
 */
export async function parquetSource(path: string): Promise<Source> {
  const { parquetMetadataAsync, parquetSchema } = await loadHyparquet()
  const { size } = await readStart(path, 0)
  const file = fileBuffer(path, size)
  const metadata = await parquetMetadataAsync(file).catch(refuseWith(path))
  const refuse = (what: string): Error => formatError(path, what)
  const used = itemColumns(parquetSchema(metadata).children.map(typeOf), refuse)
  const items = Number(metadata.num_rows)
  checkItems(path, items)
  if (items === 0) throw refuse('has no items')
  const [firstColumn] = used.lists ? await readRows(path, file, metadata, used.names, 0, 1) : []
  const { head, layout } = headOf(path, used, items, firstColumn?.at(0), refuse)
  return {
    ...head,
    async *blocks(signal) {
      let first = 0
      for (const { num_rows: count } of metadata.row_groups) {
        const rows = Number(count)
        const columns = await readRows(path, file, metadata, used.names, first, first + rows)
        for (const block of rowBlocks(columns, rows, first, layout, refuse)) {
          signal?.throwIfAborted()
          yield block
        }
        first += rows
      }
    }
  }
}

function fileBuffer(path: string, size: number): AsyncBuffer {
  return {
    byteLength: size,
    async slice(start, end = size) {
      await using file = await openFile(path)
      const bytes = new Uint8Array(Math.max(0, end - start))
      await readExactly(path, file, bytes, start)
      return bytes.buffer
    }
  }
}

const refuseWith =
  (path: string) =>
  (cause: unknown): never => {
    if (isDeepClusteringError(cause)) throw cause
    throw formatError(path, `is not a Parquet file that can be read (${(cause as Error).message})`, cause)
  }

async function readRows(
  path: string,
  file: AsyncBuffer,
  metadata: FileMetaData,
  names: readonly string[],
  from: number,
  to: number
): Promise<Column[]> {
  const { parquetRead } = await loadHyparquet()
  const compressors = await moreCompressors()
  const parts = new Map<string, { readonly start: number; readonly values: ArrayLike<unknown> }[]>(names.map(name => [name, []]))
  await parquetRead({
    file,
    metadata,
    columns: [...names],
    rowStart: from,
    rowEnd: to,
    ...(compressors && { compressors }),
    onChunk: ({ columnName, columnData, rowStart }) => parts.get(columnName)!.push({ start: rowStart - from, values: columnData })
  }).catch(refuseWith(path))
  return names.map(name => ({ name, at: valueFrom(parts.get(name)!) }))
}

/** Values of a column that came in parts, asked for in order. */
function valueFrom(parts: { readonly start: number; readonly values: ArrayLike<unknown> }[]): Column['at'] {
  parts.sort((a, b) => a.start - b.start)
  let part = 0
  return row => {
    while (part > 0 && row < parts[part]!.start) part--
    while (part + 1 < parts.length && row >= parts[part + 1]!.start) part++
    const { start, values } = parts[part]!
    return values[row - start]
  }
}

/** Beside what hyparquet unpacks alone (Snappy and none): GZIP, Brotli, ZSTD and LZ4, where hyparquet-compressors is installed. */
async function moreCompressors(): Promise<import('hyparquet').Compressors | undefined> {
  const name: string = 'hyparquet-compressors'
  const module = (await import(name).catch(() => undefined)) as { compressors: import('hyparquet').Compressors } | undefined
  return module?.compressors
}

const numberTypes = new Set(['BOOLEAN', 'INT32', 'INT64', 'FLOAT', 'DOUBLE'])

/** Integers, or nothing said; dates, times and texts are stored as numbers too. */
const plainTypes = /^(U?INT_(8|16|32|64)|DECIMAL)$/

function typeOf({ element, children }: SchemaTree): ColumnType {
  const { name } = element
  if (children.length === 0)
    return {
      name,
      holds: element.repetition_type === 'REPEATED' && isNumber(element) ? 'lists' : isNumber(element) ? 'numbers' : 'others',
      bytes: isByte(element)
    }
  // A list is a group with one repeated child, which is the element or a group of it.
  const inner = children.length === 1 ? children[0]! : undefined
  const leaf = inner?.children.length === 1 ? inner.children[0]! : inner
  const isList = inner?.element.repetition_type === 'REPEATED' && leaf!.children.length === 0 && isNumber(leaf!.element)
  return { name, holds: isList ? 'lists' : 'others', bytes: isList ? isByte(leaf!.element) : false }
}

function isNumber({ type, converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  if (logical?.type === 'FLOAT16' || converted === 'DECIMAL') return true
  if (converted !== undefined && !plainTypes.test(converted)) return false
  if (logical !== undefined && logical.type !== 'INTEGER' && logical.type !== 'DECIMAL') return false
  return type !== undefined && numberTypes.has(type)
}

const isByte = ({ type, converted_type: converted }: SchemaElement): boolean => type === 'BOOLEAN' || converted === 'UINT_8'
