/** What a method is, apart from its numbers: its name, its options and its presets. Everything here is data. */

import type { OptionValues, Tensors } from '../native/addon.js'
import type { OnnxDescription } from '../onnx/description.js'
import { completeOptions } from '../options/check.js'
import { type Condition, checkConditions } from '../options/conditions.js'
import type { Complete, Given, OptionTable } from '../options/table.js'
import type { EpochRecord, MethodTypes, RunName } from './types.js'

/** Values for some options of a method under one name. */
export interface Preset<Table extends OptionTable = OptionTable> {
  /** One sentence: what the preset adds to the published method. */
  readonly adds: string
  readonly values: Partial<Complete<Table>>
  /**
   * After how many items a phase has seen enough, by the option that says its epochs: of large data fewer epochs show as many. Pre-training
   * sees all items, other phases those that clusters are trained on.
   */
  readonly items?: Readonly<Partial<Record<keyof Table & string, number>>>
}

/** What a fit knows about its data when options are decided. */
export interface DataFacts {
  /** Number of items. */
  readonly n: number
  /** Shape of one item: `[784]`, `[28, 28]` or `[channels, height, width]`. */
  readonly shape: readonly number[]
  readonly bytes: boolean
}

/** Whether items of this shape are images: height and width, or channels, height and width. */
export function areImages(shape: readonly number[]): boolean {
  return shape.length === 2 || shape.length === 3
}

/** What ranks the runs of a method without any labels. */
export interface Criterion {
  readonly name: string
  readonly best: 'lowest' | 'highest'
  /** The criterion of a run from its history; `undefined` if the run has none. */
  of(history: readonly EpochRecord[]): number | undefined
}

/** The cut of the graph that a run's clusters started from. */
export const normalisedCut: Criterion = {
  name: 'normalisedCut',
  best: 'lowest',
  of: history => history.findLast(({ phase }) => phase === 'graph')?.values.normalisedCut
}

/** How far the clusters of two views of the items agree, in nats. */
export const mutualInformation: Criterion = {
  name: 'mutualInformation',
  best: 'highest',
  of: history => history.findLast(({ phase }) => phase === 'read-out')?.values.mutualInformation
}

/** A run that has ended, as far as its method's pictures need it. */
export interface PicturedRun {
  /** Every option of the method with the value that was used. */
  readonly options: Readonly<Record<string, unknown>>
  /** Shape of one item. */
  readonly shape: readonly number[]
  /** Results of the native fit. */
  readonly tensors: Tensors
  /** Positions of the items that are kept for the report. */
  readonly items: Int32Array
  /** An operation of the core that needs no items. */
  readonly generate: (operation: string, values: OptionValues) => Promise<Tensors>
}

export interface Method<Name extends string = string> {
  /** The word for the method at every layer: command line, core, docs page. */
  readonly name: Name
  /** The name of its class. */
  readonly title: string
  /** One line. */
  readonly summary: string
  readonly options: OptionTable
  /** Run options that the method takes: seed, device, threads, precision where it has products in it, and what steps of training take. */
  readonly run: OptionTable
  readonly presets: Readonly<Record<string, Preset>>
  /** The phases that a fit can go through, in their order; `N` stands for the number of one that comes several times. */
  readonly phases: readonly string[]
  /** Presets that `auto` takes; `null` where the method has no presets. */
  readonly automatic: { readonly images: string; readonly other: string } | null
  /** What `restarts` are ranked by, where the method has that option: it may depend on the other options. */
  criterion?(values: Readonly<Record<string, unknown>>): Criterion
  /** Whether `precision: 'auto'` may take bfloat16. */
  readonly bfloat16: boolean
  /** How the learned state infers, where that can be exported. */
  readonly onnx?: OnnxDescription
  /** What a report shows of an ended run beside history, embedding and members: tensors by the names that docs/report.md lists. */
  pictures?(run: PicturedRun): Promise<Tensors>
  /** Decides what is left to `auto` and depends on the data; the scaling is decided. */
  settle?(values: Record<string, unknown>): void
  /** What options ask of each other, before any data are known. */
  readonly conditions?: readonly Condition[]
  /**
   * Checks values together, once before any data are known and once with them, after the conditions.
   * @throws RangeError naming the option
   */
  check?(values: Readonly<Record<string, unknown>>, data?: DataFacts): void
}

type Flat<T> = { [Name in keyof T]: T[Name] }
type Same<A, B> = (<T>() => T extends Flat<A> ? 1 : 2) extends <T>() => T extends Flat<B> ? 1 : 2 ? true : false
/** A phase's name as it is declared: with `N` for any number. */
type Numbered<Phase extends string> = Phase extends `${infer Name} ${number}` ? `${Name} N` : Phase
/** What does not compile where a method's table is not what its types were written from. */
type Matching<Is extends boolean> = Is extends true ? unknown : 'not as `npm run docs` wrote it: run it'

/**
 * Declares a method whose types are written from its table (`npm run docs`): does not compile while they differ.
 *
 * @example
 * const method = methodOf<DCNTypes>()({ name: 'dcn', … })
 */
export function methodOf<Types extends MethodTypes>() {
  return <
    const Table extends OptionTable,
    const Run extends OptionTable,
    Presets extends Readonly<Record<string, Preset<Table>>>,
    const Phases extends readonly string[]
  >(
    description: Omit<Method, 'name' | 'options' | 'run' | 'presets' | 'phases'> & {
      readonly name: Types['method']
      readonly options: Table & Matching<Same<Omit<Types['options'], RunName>, Given<Table>>>
      readonly run: Run & Matching<Same<Omit<Pick<Types['options'], RunName & keyof Types['options']>, 'preset'>, Given<Run>>>
      readonly presets: Presets & Matching<Same<{ of: Exclude<Types['preset'], null> }, { of: keyof Presets & string }>>
      readonly phases: Phases & Matching<Same<{ of: Numbered<Types['phase']> }, { of: Phases[number] }>>
    }
  ): Method<Types['method']> => description
}

/** @throws RangeError where values do not go together, or with the data */
export function checkTogether(method: Method, values: Readonly<Record<string, unknown>>, data?: DataFacts): void {
  checkConditions(method.conditions ?? [], values)
  method.check?.(values, data)
}

/** The name of the preset that a fit uses: the one asked for, or for `auto` the one for the kind of data. */
export function choosePreset(method: Method, asked: string, shape: readonly number[]): string | null {
  if (!method.automatic) return null
  if (asked !== 'auto') return asked
  return areImages(shape) ? method.automatic.images : method.automatic.other
}

/** The epochs in which `items` of n items are seen, `most` at most. */
const epochsFor = (items: number, most: number, n: number): number => (most * n <= items ? most : items / n)

/** Every option of a method with its value for n items, `auto` scaling left as it is. */
export function methodValues(method: Method, preset: string | null, given: Readonly<Record<string, unknown>>, n = 0): Record<string, unknown> {
  const row = preset === null ? undefined : method.presets[preset]
  const values: Record<string, unknown> = { ...completeOptions(method.options, row?.values ?? {}, given as Partial<Complete<OptionTable>>) }
  const trained = values.trainItems ? Math.min(n, values.trainItems as number) : n
  for (const [name, items] of Object.entries(row?.items ?? {}))
    if (given[name] === undefined) values[name] = epochsFor(items!, values[name] as number, name.startsWith('pretrain') ? n : trained)
  return values
}

/** Every option that a constructor takes: the method's, the run's and, where there are presets, `preset`. */
export function constructorOptions(method: Method): OptionTable {
  const names = Object.keys(method.presets)
  if (!method.automatic) return { ...method.options, ...method.run }
  return {
    ...method.options,
    preset: {
      type: 'choice',
      choices: ['auto', ...names],
      default: 'auto',
      group: 'Run',
      meaning: `Named set of values; options given beside it win. auto takes ${method.automatic.images} for images, ${method.automatic.other} for other data`
    },
    ...method.run
  }
}
