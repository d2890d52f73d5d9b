/**
 * An option is one row of data; everything else about it (its TypeScript type, its check, its command-line flag, its
 * line in `--help` and in the docs) is read from that row.
 */

interface Described {
  /** One line: what the option does. */
  readonly meaning: string
  /** Unit of the value, for example `epochs`. */
  readonly unit?: string
  /** Where the option or its default comes from: paper, equation, table or implementation. */
  readonly source?: string
  /** Heading under which help and docs list the option; set by {@link grouped}. */
  readonly group?: string
  /** The caller must give it; a row without this has a `default`, or may be left out. */
  readonly required?: true
}

/** A whole number from `min` to `max`, both included. */
export interface IntegerRow extends Described {
  readonly type: 'integer'
  readonly min: number
  readonly max?: number
  readonly default?: number
}

/** A finite number from `min` to `max`; an end belongs to the range unless it is `open`. */
export interface NumberRow extends Described {
  readonly type: 'number'
  readonly min: number
  readonly max?: number
  readonly open?: 'min' | 'max'
  readonly default?: number
}

export interface BooleanRow extends Described {
  readonly type: 'boolean'
  readonly default?: boolean
}

/** One of a few words. */
export interface ChoiceRow extends Described {
  readonly type: 'choice'
  readonly choices: readonly string[]
  readonly default?: string
  /** The choice that the flag stands for where it has no value: `--json` beside `--json=events`. */
  readonly bare?: string
}

/** A list of whole numbers, each from `min`. */
export interface IntegersRow extends Described {
  readonly type: 'integers'
  readonly min: number
  readonly default?: readonly number[]
}

/** Where to run: `auto`, `cpu`, `cuda` or `cuda:N`. */
export interface DeviceRow extends Described {
  readonly type: 'device'
  readonly default?: Device
}

/** A number of bytes: in code a number, in flags also with a unit. */
export interface BytesRow extends Described {
  readonly type: 'bytes'
  readonly default?: number
}

/** Free text, for the command line's paths and names. */
export interface TextRow extends Described {
  readonly type: 'text'
  /** What stands for the value in help, for example `PATH`. */
  readonly placeholder: string
  readonly default?: string
}

/** Several free texts: the flag may be given again. */
export interface TextsRow extends Described {
  readonly type: 'texts'
  /** What stands for each in help. */
  readonly placeholder: string
  readonly default?: readonly string[]
}

export type OptionRow = IntegerRow | NumberRow | BooleanRow | ChoiceRow | IntegersRow | DeviceRow | BytesRow | TextRow | TextsRow

/** Options by name, in the order in which help and docs list them. */
export type OptionTable = Readonly<Record<string, OptionRow>>

export type Device = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`

/** The TypeScript type of a row's value. */
export type ValueOf<Row extends OptionRow> = Row extends { type: 'integer' | 'number' | 'bytes' }
  ? number
  : Row extends { type: 'boolean' }
    ? boolean
    : Row extends { type: 'choice'; choices: readonly (infer Choice)[] }
      ? Choice
      : Row extends { type: 'integers' }
        ? readonly number[]
        : Row extends { type: 'device' }
          ? Device
          : Row extends { type: 'texts' }
            ? readonly string[]
            : string

type RequiredName<Table extends OptionTable> = {
  [Name in keyof Table]: Table[Name] extends { required: true } ? Name : never
}[keyof Table]

/** What a caller may give: the required options, and any of the others. */
export type Given<Table extends OptionTable> = { -readonly [Name in RequiredName<Table>]: ValueOf<Table[Name]> } & {
  -readonly [Name in Exclude<keyof Table, RequiredName<Table>>]?: ValueOf<Table[Name]> | undefined
}

/** Every option with its value. */
export type Complete<Table extends OptionTable> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> }

/** Declares a table: checks the rows and keeps their literal types, from which the options' types are derived. */
export function optionTable<const Table extends OptionTable>(rows: Table): Table {
  return rows
}

/** The same rows under a heading of help and docs. */
export function grouped<Table extends OptionTable>(group: string, rows: Table): Table {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, { ...row, group }])) as unknown as Table
}

export type Prefixed<Prefix extends string, Table extends OptionTable> = {
  readonly [Name in keyof Table & string as `${Prefix}${Capitalize<Name>}`]: Table[Name]
}

/** The same rows under names with a prefix: `epochs` becomes `pretrainEpochs`. */
export function prefixed<Prefix extends string, Table extends OptionTable>(prefix: Prefix, rows: Table): Prefixed<Prefix, Table> {
  const renamed = Object.entries(rows).map(([name, row]) => [`${prefix}${name[0]!.toUpperCase()}${name.slice(1)}`, row])
  return Object.fromEntries(renamed) as Prefixed<Prefix, Table>
}

/** The same rows with other defaults. */
export function withDefaults<Table extends OptionTable>(rows: Table, defaults: Partial<Complete<Table>>): Table {
  const changed = Object.entries(rows).map(([name, row]) => [name, name in defaults ? { ...row, default: defaults[name] } : row])
  return Object.fromEntries(changed) as Table
}

/** The same rows, none of them required. */
export const withoutRequired = (rows: OptionTable): OptionTable =>
  Object.fromEntries(Object.entries(rows).map(([name, { required: _, ...row }]) => [name, row])) as OptionTable
