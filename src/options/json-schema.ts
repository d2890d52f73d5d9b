/** Option tables as JSON Schema (draft 2020-12). */

import { type Condition, schemaOfTest } from './conditions.js'
import type { OptionRow, OptionTable } from './table.js'

const dialect = 'https://json-schema.org/draft/2020-12/schema'

function valueSchema(row: OptionRow): object {
  switch (row.type) {
    case 'integer':
      return { type: 'integer', minimum: row.min, ...(row.max !== undefined && { maximum: row.max }) }
    case 'number': {
      const { min, max, open } = row
      return {
        type: 'number',
        ...(open === 'min' ? { exclusiveMinimum: min } : { minimum: min }),
        ...(max !== undefined && (open === 'max' ? { exclusiveMaximum: max } : { maximum: max }))
      }
    }
    case 'boolean':
      return { type: 'boolean' }
    case 'choice':
      return { enum: row.choices }
    case 'integers':
      return { type: 'array', items: { type: 'integer', minimum: row.min }, minItems: 1 }
    case 'device':
      return { type: 'string', pattern: '^(auto|cpu|cuda(:\\d{1,3})?)$' }
    case 'bytes':
      return { type: 'number', minimum: 0 }
    case 'text':
      return { type: 'string', minLength: 1 }
    case 'texts':
      return { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 }
  }
}

function rowSchema(row: OptionRow): object {
  const unit = row.unit ? ` (${row.unit})` : ''
  return {
    description: `${row.meaning}${unit}${row.source ? `. Source: ${row.source}` : ''}`,
    ...valueSchema(row),
    ...(row.default !== undefined && { default: row.default }),
    ...(row.unit && { 'x-unit': row.unit }),
    ...(row.group && { 'x-group': row.group })
  }
}

/** Of values that are all given; what is left out takes a preset's value, which a schema cannot see. */
function conditionSchema({ when, needs: [name, test] }: Condition): object {
  const names = Object.keys(when)
  return {
    if: { properties: Object.fromEntries(Object.entries(when).map(([option, asked]) => [option, schemaOfTest(asked)])), required: names },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { [name]: schemaOfTest(test) } }
  }
}

/** The object of a table's options, required ones required and no others allowed. */
export function objectSchema(table: OptionTable, conditions: readonly Condition[] = []): object {
  const required = Object.entries(table).flatMap(([name, row]) => (row.required ? [name] : []))
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(table).map(([name, row]) => [name, rowSchema(row)])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
    ...(conditions.length > 0 && { allOf: conditions.map(conditionSchema) })
  }
}

/** A schema that stands alone. */
export const schemaDocument = (title: string, description: string, body: object): object => ({ $schema: dialect, title, description, ...body })
