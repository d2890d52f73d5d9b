/** Checks values against the rows of an option table. */

import { expected } from '../errors.js'
import { suggestion } from './spelling.js'
import type { Complete, Given, OptionRow, OptionTable } from './table.js'

/** The values that a row accepts, in words: "an integer from 1", "`adam` or `sgd`". */
export function accepted(row: OptionRow): string {
  switch (row.type) {
    case 'integer':
      return `an integer ${range(row.min, row.max)}`
    case 'number':
      return `a number ${range(row.min, row.max, row.open)}`
    case 'boolean':
      return 'true or false'
    case 'choice':
      return alternatives(row.choices)
    case 'integers':
      return `a list of integers, each ${range(row.min)}`
    case 'device':
      return alternatives(['auto', 'cpu', 'cuda', 'cuda:N'])
    case 'bytes':
      return 'a size such as 500MB, 2GB or 2GiB, or a number of bytes'
    case 'text':
      return `a text (${row.placeholder})`
    case 'texts':
      return `texts (${row.placeholder})`
  }
}

function range(min: number, max?: number, open?: 'min' | 'max'): string {
  if (max === undefined) return open === 'min' ? `above ${min}` : `from ${min}`
  const lower = open === 'min' ? `above ${min}` : `from ${min}`
  return open === 'max' ? `${lower} to below ${max}` : `${lower} to ${max}`
}

function alternatives(words: readonly string[]): string {
  const quoted = words.map(word => `'${word}'`)
  return quoted.length > 1 ? `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}` : quoted.join()
}

/**
 * Checks one value against its row.
 * @param name how messages call the option: `clusters`, or `--clusters` on the command line
 * @throws TypeError if the value has the wrong type, RangeError if it is outside the row's range or choices
 */
export function checkValue(row: OptionRow, name: string, value: unknown): void {
  const wrongType = (): never => {
    throw new TypeError(expected(accepted(row), name, value))
  }
  const outOfRange = (): never => {
    throw new RangeError(expected(accepted(row), name, value))
  }
  switch (row.type) {
    case 'integer':
    case 'number': {
      if (typeof value !== 'number') return wrongType()
      if (row.type === 'integer' ? !Number.isSafeInteger(value) : !Number.isFinite(value)) return outOfRange()
      const open = row.type === 'number' ? row.open : undefined
      if (open === 'min' ? value <= row.min : value < row.min) return outOfRange()
      if (row.max !== undefined && (open === 'max' ? value >= row.max : value > row.max)) return outOfRange()
      return
    }
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrongType()
    case 'choice':
      if (typeof value !== 'string') return wrongType()
      return row.choices.includes(value) ? undefined : outOfRange()
    case 'integers':
      if (!Array.isArray(value) || value.some(item => typeof item !== 'number')) return wrongType()
      return value.length > 0 && value.every(item => Number.isSafeInteger(item) && item >= row.min) ? undefined : outOfRange()
    case 'device':
      if (typeof value !== 'string') return wrongType()
      return /^(auto|cpu|cuda(:\d{1,3})?)$/.test(value) ? undefined : outOfRange()
    case 'bytes':
      if (typeof value !== 'number') return wrongType()
      return value >= 0 ? undefined : outOfRange()
    case 'text':
      if (typeof value !== 'string') return wrongType()
      return value !== '' ? undefined : outOfRange()
    case 'texts':
      if (!Array.isArray(value) || value.some(item => typeof item !== 'string')) return wrongType()
      return value.length > 0 && !value.includes('') ? undefined : outOfRange()
  }
}

/**
 * Checks that `options` is an object and holds no name but `names`.
 * @throws TypeError, for an unknown name with a correction
 */
export function checkNames(options: unknown, names: readonly string[]): asserts options is Record<string, unknown> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw new TypeError(expected('an object', 'options', options))
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`Unknown option \`${name}\`${suggestion(name, names)}`)
  }
}

/**
 * Checks what a caller gave and returns a copy of it without the names that were `undefined`.
 * @throws TypeError for an unknown name (with a correction), a missing required option or a wrong type; RangeError for a
 *   value outside its range
 */
export function checkOptions<Table extends OptionTable>(table: Table, options: unknown): Given<Table> {
  checkNames(options, Object.keys(table))
  const checked: Record<string, unknown> = {}
  for (const [name, row] of Object.entries(table)) {
    const value = options[name]
    if (value === undefined) {
      if (row.required) throw new TypeError(expected(accepted(row), name, value))
      continue
    }
    checkValue(row, name, value)
    checked[name] = Array.isArray(value) ? Object.freeze([...value]) : value
  }
  return checked as Given<Table>
}

/** Every option with its value: the caller's, else the preset's, else the row's default. */
export function completeOptions<Table extends OptionTable>(
  table: Table,
  preset: Partial<Complete<Table>>,
  given: Partial<Complete<Table>>
): Complete<Table> {
  const values = Object.entries(table).map(([name, row]) => [name, given[name] ?? preset[name] ?? row.default])
  return Object.fromEntries(values) as Complete<Table>
}
