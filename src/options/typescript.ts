/** Option tables as TypeScript: interfaces with all that a row says about its option. */

import { accepted } from './check.js'
import type { OptionRow, OptionTable } from './table.js'

/** The type of a row's value, as {@link ValueOf} has it. */
function typeOf(row: OptionRow): string {
  switch (row.type) {
    case 'integer':
    case 'number':
    case 'bytes':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'choice':
      return union(row.choices)
    case 'integers':
      return 'readonly number[]'
    case 'device':
      return 'Device'
    case 'text':
      return 'string'
    case 'texts':
      return 'readonly string[]'
  }
}

/** Texts as a union of literals; a lone `N` at the end of one stands for any number. */
export function union(texts: readonly string[]): string {
  const literal = (text: string): string => (/ N$/.test(text) ? `\`${text.slice(0, -1)}\${number}\`` : `'${text}'`)
  return texts.length === 0 ? 'never' : texts.map(literal).join(' | ')
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

function member(name: string, row: OptionRow): string {
  const unit = row.unit ? ` (${row.unit})` : ''
  const value = accepted(row)
  const lines = [
    sentence(row.meaning),
    `${value[0]!.toUpperCase()}${value.slice(1)}${unit}.`,
    ...(row.source ? [`Source: ${sentence(row.source)}`] : []),
    ...(row.default === undefined ? [] : [`@defaultValue \`${JSON.stringify(row.default)}\``])
  ]
  const type = typeOf(row)
  const comment = lines.map(line => `   * ${line.replaceAll('*/', '*\\/')}`).join('\n')
  return `  /**\n${comment}\n   */\n  ${name}${row.required ? '' : '?'}: ${type}${row.required ? '' : ' | undefined'}`
}

/** An interface of the values that a caller may give. */
export function interfaceOf(name: string, doc: string, table: OptionTable): string {
  const members = Object.entries(table).map(([option, row]) => member(option, row))
  return `/** ${doc} */\nexport interface ${name} {\n${members.join('\n')}\n}\n`
}

/** Whether {@link interfaceOf} of these tables names the type {@link Device}. */
export const needsDevice = (table: OptionTable): boolean => Object.values(table).some(({ type }) => type === 'device')
