/** Option tables as text for people: the lists of `--help` and the tables of the docs. */

import { accepted } from './check.js'
import { flagOf, placeholder } from './flags.js'
import type { OptionRow, OptionTable } from './table.js'

/** Rows by their heading, in the table's order; rows without a heading come under `''`. */
export function byGroup(table: OptionTable): ReadonlyMap<string, readonly (readonly [string, OptionRow])[]> {
  const groups = new Map<string, (readonly [string, OptionRow])[]>()
  for (const entry of Object.entries(table)) {
    const heading = entry[1].group ?? ''
    if (!groups.has(heading)) groups.set(heading, [])
    groups.get(heading)!.push(entry)
  }
  return groups
}

/** A value as it is written: `500,500,2000` in flags, `[500, 500, 2000]` in code. */
export function written(value: unknown, listOpen = '', separator = ',', listClose = ''): string {
  return Array.isArray(value) ? `${listOpen}${value.join(separator)}${listClose}` : String(value)
}

function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line ? `${line} ${word}` : word
    }
  }
  return [...lines, line].join(`\n${indent}`)
}

/** Names and what is said of each, as lines of `--help`: the column is as wide as the longest name needs. */
export function columns(entries: readonly (readonly [string, string])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length)) + 2
  return entries.map(([name, text]) => `  ${name.padEnd(width)}${text}`).join('\n')
}

/** The options of a table as lines of `--help`, at most 100 characters wide, one block for each heading. */
export function helpOf(table: OptionTable, heading = 'Options'): string {
  const indent = ' '.repeat(34)
  const blocks = [...byGroup(table)].map(([group, rows]) => {
    const lines = rows.map(([name, row]) => {
      const flag = row.type === 'boolean' && row.default === true ? `--no-${flagOf(name).slice(2)}` : flagOf(name)
      const left = `  ${flag} ${placeholder(row)}`.replace(' [=', '[=').trimEnd()
      const fallback =
        row.default === undefined || row.type === 'boolean'
          ? row.required
            ? ' (required)'
            : row.default === true
              ? ' (on unless given)'
              : ''
          : ` (${written(row.default)})`
      const text = wrap(`${row.meaning}${row.unit ? `, ${row.unit}` : ''}${fallback}`, 66, indent)
      return left.length < indent.length - 1 ? left.padEnd(indent.length) + text : `${left}\n${indent}${text}`
    })
    return `${group || heading}:\n${lines.join('\n')}`
  })
  return blocks.join('\n\n')
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

/** The options of a table as Markdown tables, one for each heading. */
export function markdownOf(table: OptionTable, heading = 'Method'): string {
  const blocks = [...byGroup(table)].map(([group, rows]) => {
    const lines = rows.map(([name, row]) => {
      const fallback = row.required ? 'required' : `\`${JSON.stringify(row.default)}\``
      const unit = row.unit ? `, ${row.unit}` : ''
      return `| \`${name}\` | ${cell(accepted(row))}${unit} | ${fallback} | ${cell(row.meaning)} | ${cell(row.source ?? '')} |`
    })
    return [`**${group || heading}**`, '', '| option | value | default | meaning | source |', '|---|---|---|---|---|', ...lines].join('\n')
  })
  return blocks.join('\n\n')
}
