/** SQL queries, answered by DuckDB (@duckdb/node-api, an optional peer): over Parquet, CSV and whatever else it reads, a chunk of rows at a time. */

import { availableParallelism } from 'node:os'
import type { DuckDBDataChunk, DuckDBListType } from '@duckdb/node-api'
import { DeepClusteringError } from '../errors.js'
import { loadPeer } from '../peers.js'
import { type Column, type ColumnType, headOf, itemColumns, type Refuse, rowBlocks } from './columns.js'
import { type LabelList, WordList } from './csv.js'
import type { Source } from './source.js'

const loadDuckDB = async (): Promise<typeof import('@duckdb/node-api')> => loadPeer('duckdb', () => import('@duckdb/node-api'))

/** A stream of a query's answer, with the types of its columns. */
interface Answer {
  readonly columns: readonly ColumnType[]
  readonly chunks: AsyncGenerator<DuckDBDataChunk, undefined, void>
}

/**
 * The rows of a query's answer as items: of its one column of lists or arrays, else of all columns. The query runs when the source is opened, and once.
 * @throws DeepClusteringError ERR_DUCKDB_MISSING, or ERR_QUERY if DuckDB refuses the query or its answer has no such columns
 */
export async function querySource(query: string, signal?: AbortSignal): Promise<Source> {
  const refuse: Refuse = what => new DeepClusteringError('ERR_QUERY', `The answer to ${JSON.stringify(query)} ${what}`)
  const { columns, chunks } = await answer(query, signal)
  const used = itemColumns(columns, refuse)
  const positions = used.names.map(name => columns.findIndex(column => column.name === name))
  const begin = await chunks.next()
  if (begin.done || begin.value.rowCount === 0) throw refuse('has no rows')
  const listed = (chunk: DuckDBDataChunk): Column[] =>
    positions.map(position => {
      const vector = chunk.getColumnVector(position)
      return { name: columns[position]!.name, at: row => plainValue(vector.getItem(row)) }
    })
  const { head, layout } = headOf(query, used, undefined, listed(begin.value)[0]!.at(0), refuse)
  return {
    ...head,
    async *blocks(signal) {
      let first = 0
      try {
        for (let part: IteratorResult<DuckDBDataChunk> = begin; !part.done; part = await chunks.next()) {
          const chunk = part.value
          signal?.throwIfAborted()
          yield* rowBlocks(listed(chunk), chunk.rowCount, first, layout, refuse)
          first += chunk.rowCount
        }
      } finally {
        await chunks.return(undefined)
      }
    }
  }
}

async function answer(query: string, signal: AbortSignal | undefined): Promise<Answer> {
  const { DuckDBInstance, DuckDBTypeId } = await loadDuckDB()
  const failed = (cause: unknown): never => {
    signal?.throwIfAborted()
    throw new DeepClusteringError('ERR_QUERY', `DuckDB refuses ${JSON.stringify(query)}: ${(cause as Error).message}`, { cause })
  }
  // One core stays free for whoever waits for the items.
  const instance = await DuckDBInstance.create(':memory:', { threads: String(Math.max(1, availableParallelism() - 1)) })
  const connection = await instance.connect()
  // An interrupt is lost on a query that has not begun yet: it is repeated.
  let interrupts: NodeJS.Timeout | undefined
  const interrupt = (): void => {
    connection.interrupt()
    interrupts ??= setInterval(interrupt, 50)
  }
  signal?.addEventListener('abort', interrupt)
  const close = (): void => {
    signal?.removeEventListener('abort', interrupt)
    clearInterval(interrupts)
    connection.closeSync()
    instance.closeSync()
  }
  try {
    signal?.throwIfAborted()
    const { count } = await connection.extractStatements(query)
    if (count !== 1) throw new Error(`it is ${count} statements, not one`)
    const result = await connection.stream(query)
    const numbers = new Set([
      ...[DuckDBTypeId.BOOLEAN, DuckDBTypeId.TINYINT, DuckDBTypeId.SMALLINT, DuckDBTypeId.INTEGER, DuckDBTypeId.BIGINT, DuckDBTypeId.HUGEINT],
      ...[DuckDBTypeId.UTINYINT, DuckDBTypeId.USMALLINT, DuckDBTypeId.UINTEGER, DuckDBTypeId.UBIGINT, DuckDBTypeId.UHUGEINT],
      ...[DuckDBTypeId.FLOAT, DuckDBTypeId.DOUBLE, DuckDBTypeId.DECIMAL]
    ])
    const columns = result.deduplicatedColumnNames().map((name, i): ColumnType => {
      const type = result.columnType(i)
      const inner = type.typeId === DuckDBTypeId.LIST || type.typeId === DuckDBTypeId.ARRAY ? (type as DuckDBListType).valueType : undefined
      const { typeId } = inner ?? type
      const bytes = typeId === DuckDBTypeId.UTINYINT || typeId === DuckDBTypeId.BOOLEAN
      return { name, holds: numbers.has(typeId) ? (inner ? 'lists' : 'numbers') : 'others', bytes }
    })
    async function* chunks(): AsyncGenerator<DuckDBDataChunk, undefined, void> {
      try {
        for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) yield chunk
      } catch (cause) {
        failed(cause)
      } finally {
        close()
      }
      return undefined
    }
    return { columns, chunks: chunks() }
  } catch (cause) {
    close()
    return failed(cause)
  }
}

/** DuckDB's own values as those of JavaScript: lists as arrays, decimals as numbers. */
function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('items' in value) {
    const items = value.items as readonly unknown[]
    return items.some(item => typeof item === 'object') ? items.map(plainValue) : items
  }
  if ('toDouble' in value) return (value as { toDouble(): number }).toDouble()
  return value
}

/** The one column of a query's answer as labels. @throws as {@link querySource} */
export async function readQueryLabels(query: string, signal?: AbortSignal): Promise<LabelList> {
  const { columns, chunks } = await answer(query, signal)
  const list = new WordList()
  try {
    if (columns.length !== 1)
      throw new DeepClusteringError('ERR_QUERY', `The answer to ${JSON.stringify(query)} has ${columns.length} columns; labels are one`)
    let row = 0
    for await (const chunk of chunks) {
      const vector = chunk.getColumnVector(0)
      for (let i = 0; i < chunk.rowCount; ++i, ++row) {
        const value = vector.getItem(i)
        if (value === null) throw new DeepClusteringError('ERR_QUERY', `The answer to ${JSON.stringify(query)} has no label in row ${row + 1}`)
        list.add(String(value))
      }
      signal?.throwIfAborted()
    }
  } finally {
    await chunks.return(undefined)
  }
  return list.labels(signal)
}
