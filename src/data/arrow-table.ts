/** Tables and columns of Arrow in memory, by what apache-arrow and other libraries of the format have in common. */

/** As `Vector` of apache-arrow and `Column` of flechette. */
export interface ArrowColumn {
  readonly type: { readonly typeId: number }
  readonly length: number
  get(index: number): unknown
}

/** As `Table` and `RecordBatch` of apache-arrow, and `Table` of flechette. */
export interface ArrowTable {
  readonly numRows: number
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: { readonly typeId: number } }[] }
  getChild(name: string): ArrowColumn | null | undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

export const isArrowTable = (value: unknown): value is ArrowTable =>
  isObject(value) &&
  typeof value.numRows === 'number' &&
  isObject(value.schema) &&
  Array.isArray(value.schema.fields) &&
  typeof value.getChild === 'function'

export const isArrowColumn = (value: unknown): value is ArrowColumn =>
  isObject(value) &&
  isObject(value.type) &&
  typeof value.type.typeId === 'number' &&
  typeof value.length === 'number' &&
  typeof value.get === 'function'
