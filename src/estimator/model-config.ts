/** `config.json` of a saved model: what it holds, and its reading from a file that nobody vouches for. */

import { DeepClusteringError } from '../errors.js'
import type { EvaluationResult } from '../metrics/index.js'
import { checkOptions } from '../options/check.js'
import { type OptionTable, optionTable } from '../options/table.js'
import { constructorOptions, type Method } from './method.js'
import type { PhaseRecord } from './run-record.js'
import type { EpochRecord, RestartRecord } from './types.js'

/** What a fit settled before it began, and what its model keeps. */
export interface Setup {
  /** Number of items of the training data. */
  readonly n: number
  /** Shape of one item. */
  readonly shape: readonly number[]
  readonly preset: string | null
  /** Every option of the method, nothing left to `auto`. */
  readonly options: Readonly<Record<string, unknown>>
  readonly seed: number
  readonly device: string
  readonly precision: 'float32' | 'bfloat16'
  readonly threads: number
  readonly tf32: boolean
  readonly capture: boolean
}

export interface ModelConfig extends Setup {
  readonly method: string
  /** The options as the caller gave them to the constructor. */
  readonly given: Readonly<Record<string, unknown>>
  /** Whether the last fit ran to its end; if not it can be resumed. */
  readonly finished: boolean
  readonly history: readonly EpochRecord[]
  readonly phases: readonly PhaseRecord[]
  readonly warnings: readonly string[]
  /** Runs that ended, of a fit with `restarts`. */
  readonly restarts: readonly RestartRecord[]
  /** Scores of the last fit against the labels that it was given; absent if it was given none. */
  readonly metrics?: EvaluationResult
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const isAmount = (value: unknown): value is number => typeof value === 'number' && value >= 0
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isList = <Item>(value: unknown, is: (item: unknown) => item is Item): value is readonly Item[] => Array.isArray(value) && value.every(is)

const isEpoch = (value: unknown): value is EpochRecord =>
  isObject(value) &&
  isText(value.phase) &&
  isCount(value.epoch) &&
  isAmount(value.seconds) &&
  isObject(value.values) &&
  Object.values(value.values).every(item => typeof item === 'number') &&
  (value.sizes === undefined || isList(value.sizes, isCount))

const isPhase = (value: unknown): value is PhaseRecord =>
  isObject(value) && isText(value.name) && isCount(value.epochs) && isAmount(value.seconds) && isAmount(value.samples)

const isRestart = (value: unknown): value is RestartRecord =>
  isObject(value) && isCount(value.seed) && (value.criterion === null || typeof value.criterion === 'number')

const isMetrics = (value: unknown): value is EvaluationResult =>
  isObject(value) && (['n', 'clusters', 'acc', 'nmi', 'nmiGeometric', 'ari'] as const).every(name => typeof value[name] === 'number')

const isShape = (value: unknown): value is readonly number[] =>
  isList(value, isCount) &&
  value.length > 0 &&
  value.every(size => size > 0) &&
  Number.isSafeInteger(value.reduce((product, size) => product * size, 1))

function fail(what: string): never {
  throw new DeepClusteringError('ERR_FILE_FORMAT', `config.json does not describe a saved model: ${what}`)
}

function need<Value>(config: Json, name: string, is: (value: unknown) => value is Value): Value {
  const value = config[name]
  return is(value) ? value : fail(`\`${name}\` is missing or malformed`)
}

/** The rows as they must stand in a file: each value there. */
function allRequired(table: OptionTable): OptionTable {
  return optionTable(Object.fromEntries(Object.entries(table).map(([name, row]) => [name, { ...row, required: true as const }])))
}

/** The name of the method that a config says it is of. @throws DeepClusteringError ERR_FILE_FORMAT */
export function methodNameOf(config: unknown): string {
  return isObject(config) ? need(config, 'method', isText) : fail('it is not an object')
}

/**
 * Reads a config of `method`, checking every value.
 * @throws DeepClusteringError ERR_FILE_FORMAT
 */
export function readConfig(config: unknown, method: Method): ModelConfig {
  if (!isObject(config)) return fail('it is not an object')
  const name = methodNameOf(config)
  if (name !== method.name) return fail(`it is of the method ${JSON.stringify(name.slice(0, 40))}, not ${method.name}`)
  const checked = (key: string, table: OptionTable): Json => {
    try {
      return checkOptions(table, need(config, key, isObject))
    } catch (error) {
      return fail(`\`${key}\`: ${(error as Error).message}`)
    }
  }
  const options = checked('options', allRequired(method.options))
  for (const [option, value] of Object.entries(options)) if (value === 'auto') fail(`\`options\`: \`${option}\` was not decided`)
  const preset =
    config.preset === null || (isText(config.preset) && Object.hasOwn(method.presets, config.preset)) ? config.preset : fail('`preset` is unknown')
  const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
  const isPrecision = (value: unknown): value is 'float32' | 'bfloat16' => value === 'float32' || value === 'bfloat16'
  return {
    method: name,
    given: checked('given', constructorOptions(method)),
    options,
    preset,
    n: need(config, 'n', isCount),
    shape: need(config, 'shape', isShape),
    seed: need(config, 'seed', isCount),
    device: need(config, 'device', isText),
    precision: need(config, 'precision', isPrecision),
    threads: need(config, 'threads', isCount),
    tf32: need(config, 'tf32', isFlag),
    capture: need(config, 'capture', isFlag),
    finished: need(config, 'finished', isFlag),
    history: need(config, 'history', (value): value is readonly EpochRecord[] => isList(value, isEpoch)),
    phases: need(config, 'phases', (value): value is readonly PhaseRecord[] => isList(value, isPhase)),
    warnings: need(config, 'warnings', (value): value is readonly string[] => isList(value, isText)),
    restarts: need(config, 'restarts', (value): value is readonly RestartRecord[] => isList(value, isRestart)),
    ...(config.metrics !== undefined && { metrics: need(config, 'metrics', isMetrics) })
  }
}
