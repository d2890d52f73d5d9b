/** Option tables as command-line flags: `batchSize` is `--batch-size 256`, `reencode` is `--reencode` or `--no-reencode`. */

import { parseArgs } from 'node:util'
import { expected } from '../errors.js'
import { accepted, checkValue } from './check.js'
import { suggestion } from './spelling.js'
import type { OptionRow, OptionTable, ValueOf } from './table.js'

/** A flag that is not right: unknown, without its value, or with a value that its option does not accept. */
export class FlagError extends Error {
  override readonly name = 'FlagError' as const
}

/** Values by option name; a flag that was not given is absent. */
export type FlagValues<Table extends OptionTable> = { [Name in keyof Table]?: ValueOf<Table[Name]> }

export interface ParsedFlags<Table extends OptionTable> {
  readonly values: FlagValues<Table>
  readonly positionals: readonly string[]
}

/** The flag of an option: `pretrainLearningRate` is `--pretrain-learning-rate`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}

/** What a flag without a value stands for, of those that may have none. */
const bareOf = (row: OptionRow): string | true | undefined => (row.type === 'boolean' ? true : row.type === 'choice' ? row.bare : undefined)

/** What stands for the value in help: `N`, `PATH`, `adam|sgd`, `[=events]`; empty for booleans. */
export function placeholder(row: OptionRow): string {
  switch (row.type) {
    case 'integer':
      return 'N'
    case 'number':
      return 'X'
    case 'boolean':
      return ''
    case 'choice':
      return row.bare === undefined ? row.choices.join('|') : `[=${row.choices.filter(choice => choice !== row.bare).join('|')}]`
    case 'integers':
      return 'N,N,…'
    case 'device':
      return 'auto|cpu|cuda|cuda:N'
    case 'bytes':
      return 'SIZE'
    case 'text':
    case 'texts':
      return row.placeholder
  }
}

/**
 * Reads command-line arguments by a table; each value is checked against its row.
 * @param given values that hold where no flag says otherwise
 * @throws FlagError for an unknown flag (with a correction), a missing value, a required flag that is absent, or a value
 *   outside its row's range
 */
export function parseFlags<Table extends OptionTable>(
  table: Table,
  args: readonly string[],
  given: Readonly<Record<string, unknown>> = {}
): ParsedFlags<Table> {
  const nameOf = new Map(Object.keys(table).map(name => [flagOf(name).slice(2), name]))
  const options = Object.fromEntries(
    [...nameOf].map(([flag, name]) => [flag, { type: bareOf(table[name]!) === undefined ? ('string' as const) : ('boolean' as const) }])
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })

  const flagged: Record<string, unknown> = {}
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const negated = token.name.startsWith('no-') && table[nameOf.get(token.name.slice(3)) ?? '']?.type === 'boolean'
    const name = nameOf.get(negated ? token.name.slice(3) : token.name)
    if (name === undefined)
      throw new FlagError(
        `Unknown option \`${token.rawName}\`${suggestion(
          token.rawName,
          [...nameOf.keys()].map(flag => `--${flag}`)
        )}`
      )
    const row = table[name]!
    if (row.type === 'boolean') {
      if (token.value !== undefined)
        throw new FlagError(`\`${token.rawName}\` takes no value: write ${flagOf(name)} or --no-${flagOf(name).slice(2)}`)
      flagged[name] = !negated
    } else {
      const forgotten = token.value?.startsWith('--') && !token.inlineValue
      const value = parseValue(row, flagOf(name), forgotten ? undefined : (token.value ?? (bareOf(row) as string | undefined)))
      flagged[name] = row.type === 'texts' ? [...((flagged[name] as readonly string[] | undefined) ?? []), ...(value as readonly string[])] : value
    }
  }
  const values = { ...given, ...flagged }
  for (const [name, row] of Object.entries(table)) {
    if (row.required && !(name in values)) throw new FlagError(`\`${flagOf(name)} ${placeholder(row)}\` is missing: ${row.meaning}`)
  }
  return { values: values as FlagValues<Table>, positionals }
}

function parseValue(row: OptionRow, flag: string, text: string | undefined): unknown {
  if (text === undefined) throw new FlagError(`\`${flag}\` needs a value: ${accepted(row)}`)
  const number = (part: string): number => {
    if (part.trim() === '' || Number.isNaN(Number(part))) throw new FlagError(expected(accepted(row), flag, text))
    return Number(part)
  }
  const size = (part: string): number => {
    const value = bytes(part)
    if (Number.isNaN(value)) throw new FlagError(expected(accepted(row), flag, part))
    return value
  }
  const read = (): unknown => {
    switch (row.type) {
      case 'integers':
        return text.split(',').map(number)
      case 'integer':
      case 'number':
        return number(text)
      case 'bytes':
        return size(text)
      case 'texts':
        return [text]
      default:
        return text
    }
  }
  const value = read()
  try {
    checkValue(row, flag, value)
  } catch (error) {
    throw new FlagError((error as Error).message)
  }
  return value
}

const units: Readonly<Record<string, number>> = { '': 1, b: 1 }
for (const [i, letter] of [...'kmgt'].entries())
  Object.assign(units, { [letter]: 1000 ** (i + 1), [`${letter}b`]: 1000 ** (i + 1), [`${letter}ib`]: 1024 ** (i + 1) })

/** The bytes that `2GB`, `1.5GiB` or `1000` are; NaN for what is no size. */
export function bytes(text: string): number {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? []
  return Math.round(Number(number) * (units[unit?.toLowerCase() ?? ''] ?? NaN))
}
