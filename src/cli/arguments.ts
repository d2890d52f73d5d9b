/** Options that several commands share, and the reading of a command's arguments. */

import { type DataInput, type Items, openItems } from '../data/index.js'
import { FlagError, type FlagValues, type ParsedFlags, parseFlags } from '../options/flags.js'
import { type OptionTable, optionTable } from '../options/table.js'
import { type CommandContext, UsageError } from './command.js'
import { progressOn } from './progress.js'

export const dataOption = optionTable({
  data: {
    type: 'texts',
    placeholder: 'PATH',
    required: true,
    meaning:
      'Items: IDX, IDX.gz, NPY, CSV, Parquet, Arrow, a folder of images or of shards, a glob, a SQL query, or the bundled name mnist-test; given again, more files of the same dataset'
  }
})

export const memoryOption = optionTable({
  memory: { type: 'bytes', meaning: 'Most memory that the items take (1GiB); larger data stay in their files, or are written to one in the cache' }
})

const labelsMeaning = 'IDX, NPY, CSV, a SQL query, or mnist-test; given again, more files of the same list'

export const labelsOption = optionTable({
  labels: { type: 'texts', placeholder: 'PATH', meaning: `True labels, for metrics only: ${labelsMeaning}` }
})

/** Of a flag that may be given again the one text, or all. */
export const oneOrAll = (texts: readonly string[]): string | readonly string[] => (texts.length === 1 ? texts[0]! : texts)

/** What a command hands to a model: where the data lie, so that they are held once; with `--memory` the items, read within it. */
export async function inputOf(data: readonly string[], memory: number | undefined, signal: AbortSignal): Promise<DataInput> {
  return memory === undefined ? oneOrAll(data) : openItems(oneOrAll(data), { memory, signal })
}

/** The items of a command, with progress while they are read. */
export async function readItems(
  data: readonly string[],
  memory: number | undefined,
  quiet: boolean,
  { stderr, signal }: CommandContext
): Promise<Items> {
  const progress = progressOn(stderr, quiet)
  try {
    return await openItems(oneOrAll(data), {
      ...(memory !== undefined && { memory }),
      signal,
      onProgress: event => progress.show({ type: 'reading', ...event })
    })
  } finally {
    progress.close()
  }
}

export const outputOptions = optionTable({
  json: { type: 'boolean', meaning: 'End stdout with one JSON object on one line' },
  quiet: { type: 'boolean', meaning: 'No progress, warnings only' }
})

/**
 * Reads the arguments of a command.
 * @param operands the arguments without a flag that the command takes, by name: `['DIR']`; one in brackets may be left out, `…` at the end stands for more of the last
 * @param given values that hold where no flag says otherwise
 * @throws UsageError
 */
export function readArguments<Table extends OptionTable>(
  table: Table,
  args: readonly string[],
  operands: readonly string[] = [],
  given: Readonly<Record<string, unknown>> = {}
): ParsedFlags<Table> {
  const parsed = asUsage(() => parseFlags(table, args, given))
  const needed = operands.filter(operand => operand !== '…' && !operand.startsWith('[')).length
  const most = operands.at(-1) === '…' ? Infinity : operands.length
  if (parsed.positionals.length < needed) throw new UsageError(`${operands[parsed.positionals.length]} is missing`)
  if (parsed.positionals.length > most) throw new UsageError(`Unexpected argument ${JSON.stringify(parsed.positionals[most])}`)
  return parsed
}

/** Runs what may refuse what the user wrote; a refusal is wrong usage. */
export function asUsage<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof FlagError || error instanceof TypeError || error instanceof RangeError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

/** As {@link asUsage}, for what answers later. */
export async function asUsageAsync<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    return asUsage(() => {
      throw error
    })
  }
}

/** The values whose names are in a table. */
export function pick<Table extends OptionTable>(table: Table, values: Readonly<Record<string, unknown>>): FlagValues<Table> {
  return Object.fromEntries(Object.keys(table).flatMap(name => (values[name] === undefined ? [] : [[name, values[name]]]))) as FlagValues<Table>
}
