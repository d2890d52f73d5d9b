/** Runs as files: what `train` takes, in JSON or YAML. Each mistake is told with its line and column. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { expected } from '../errors.js'
import { systemError } from '../file-errors.js'
import { checkValue } from '../options/check.js'
import { bytes } from '../options/flags.js'
import { suggestion } from '../options/spelling.js'
import type { OptionRow, OptionTable } from '../options/table.js'
import { UsageError } from './command.js'

/** A file that was read, before anything is known of its options. */
export class RunFile {
  /** The method that the file names. */
  readonly method: string | undefined
  readonly #path: string
  readonly #lines: LineCounter
  readonly #entries: readonly Entry[]

  private constructor(path: string, lines: LineCounter, method: string | undefined, entries: readonly Entry[]) {
    this.#path = path
    this.#lines = lines
    this.method = method
    this.#entries = entries
  }

  /**
   * Reads a run, or the record of one: of a model's `config.json` the options that its run was given.
   * @throws UsageError with line and column if it is neither; DeepClusteringError if the file cannot be read
   */
  static async read(path: string): Promise<RunFile> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw systemError(path, error)
    })
    const lines = new LineCounter()
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
    const [error] = document.errors
    if (error) throw new UsageError(`${placeIn(path, lines, error.pos[0])}: ${error.message}`)
    if (!isMap(document.contents)) throw new UsageError(`${path}:1:1: ${expected('a map of options', 'the file', document.toJS())}`)
    const all = entriesOf(document.contents)
    const method = all.find(({ name }) => name === 'method')
    if (method && typeof method.value !== 'string')
      throw new UsageError(`${placeIn(path, lines, method.valueAt)}: ${expected('the name of a method', 'method', method.value)}`)
    const given = document.contents.get('given')
    const entries = isMap(given) ? entriesOf(given) : all.filter(entry => entry !== method)
    return new RunFile(path, lines, method?.value as string | undefined, entries)
  }

  /** Of a model's folder. */
  static like(folder: string): Promise<RunFile> {
    return RunFile.read(join(folder, 'config.json'))
  }

  /**
   * The values of the file by a table.
   * @param loose names whose text the table need not accept: the caller reads it
   * @param others names that are no options of the table
   * @throws UsageError with line and column for an unknown name (with a correction) or a value that its row does not accept
   */
  values(table: OptionTable, loose: readonly string[] = [], others: readonly string[] = []): Record<string, unknown> {
    const values: Record<string, unknown> = {}
    for (const { name, value, at, valueAt } of this.#entries) {
      if (others.includes(name)) continue
      const row = table[name]
      if (!row) throw new UsageError(`${this.#place(at)}: Unknown option \`${name}\`${suggestion(name, Object.keys(table))}`)
      if (loose.includes(name) && typeof value === 'string') {
        values[name] = value
        continue
      }
      try {
        values[name] = read(row, name, value)
      } catch (error) {
        throw new UsageError(`${this.#place(valueAt)}: ${(error as Error).message}`)
      }
    }
    return values
  }

  /**
   * The lists of values under `grid`, by a table.
   * @throws UsageError with line and column if it has none, or one that its row does not accept
   */
  grid(table: OptionTable): Record<string, readonly unknown[]> {
    const entry = this.#entries.find(({ name }) => name === 'grid')
    if (!entry?.map || entry.map.items.length === 0)
      throw new UsageError(`${this.#place(entry?.valueAt ?? 0)}: ${expected('lists of values, by option, under', 'grid', entry?.value)}`)
    const lists: Record<string, readonly unknown[]> = {}
    for (const { name, value, at, items } of entriesOf(entry.map)) {
      const row = table[name]
      if (!row) throw new UsageError(`${this.#place(at)}: Unknown option \`${name}\`${suggestion(name, Object.keys(table))}`)
      if (!items || items.length === 0) throw new UsageError(`${this.#place(at)}: ${expected('a list of values', `grid.${name}`, value)}`)
      lists[name] = items.map(item => {
        try {
          return read(row, name, item.value)
        } catch (error) {
          throw new UsageError(`${this.#place(item.at)}: ${(error as Error).message}`)
        }
      })
    }
    return lists
  }

  /** Puts before an error what the file says where it names one of its options. */
  located(error: UsageError): UsageError {
    const named = [...error.message.matchAll(/`(\w+)`/g)].flatMap(([, name]) => this.#entries.find(entry => entry.name === name) ?? [])
    return named.length === 0 ? error : new UsageError(`${this.#place(named.at(-1)!.valueAt)}: ${error.message}`, { cause: error })
  }

  #place(offset: number): string {
    return placeIn(this.#path, this.#lines, offset)
  }
}

interface Entry {
  readonly name: string
  readonly value: unknown
  /** Offsets of the key and of the value in the file. */
  readonly at: number
  readonly valueAt: number
  /** Of a value that is a map. */
  readonly map?: YAMLMap
  /** Of a value that is a list: its items, with their offsets. */
  readonly items?: readonly { readonly value: unknown; readonly at: number }[]
}

function placeIn(path: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset)
  return `${path}:${line}:${col}`
}

interface Node {
  readonly range?: readonly number[] | null
  toJSON?(): unknown
}

const jsonOf = (node: Node | null): unknown => (node?.toJSON ? node.toJSON() : node)

function entriesOf(map: YAMLMap): readonly Entry[] {
  return map.items.map(({ key, value }) => {
    const [at] = (isScalar(key) && key.range) || [0]
    const node = value as Node | null
    return {
      ...{ name: String(isScalar(key) ? key.value : key), value: jsonOf(node), at, valueAt: node?.range?.[0] ?? at },
      ...(isMap(value) && { map: value as YAMLMap }),
      ...(isSeq(value) && { items: (value.items as readonly (Node | null)[]).map(item => ({ value: jsonOf(item), at: item?.range?.[0] ?? at })) })
    }
  })
}

/** @throws TypeError or RangeError */
function read(row: OptionRow, name: string, given: unknown): unknown {
  const value = row.type === 'texts' && typeof given === 'string' ? [given] : row.type === 'bytes' && typeof given === 'string' ? bytes(given) : given
  checkValue(row, name, Number.isNaN(value) ? given : value)
  return value
}
