/** Checks of what is given to `fit` and to the other asynchronous calls. */

import { checkMemory } from '../data/collect.js'
import { readLabels, type StreamOptions } from '../data/index.js'
import { inSlices } from '../data/turns.js'
import { expected } from '../errors.js'
import { checkNames, checkOptions, completeOptions } from '../options/check.js'
import { recordOptions } from '../options/groups.js'
import type { Complete } from '../options/table.js'
import { checkpointSeconds } from './checkpoint.js'
import type { RecordPlan } from './recorder.js'
import type { FitOptions, FitResult } from './types.js'

/** `FitOptions`, checked, with `checkpoint` in one form. */
export interface CheckedFitOptions<Result extends FitResult> {
  readonly signal: AbortSignal | undefined
  readonly memory: number | undefined
  readonly onProgress: FitOptions<Result>['onProgress']
  readonly checkpoint: { readonly path: string; readonly seconds: number } | undefined
  readonly labels: FitOptions['labels']
  readonly resume: boolean
  readonly record: RecordPlan | undefined
}

function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError(expected('an AbortSignal', 'signal', signal))
  return signal
}

function checkedMemory(memory: unknown): number | undefined {
  if (memory !== undefined) checkMemory(memory)
  return memory
}

/** @throws TypeError for an unknown name or a wrong type, RangeError for a value out of range */
export function checkInferOptions(options: unknown): { readonly signal: AbortSignal | undefined; readonly memory: number | undefined } {
  checkNames(options, ['signal', 'memory'])
  return { signal: checkSignal(options.signal), memory: checkedMemory(options.memory) }
}

/** @throws TypeError for an unknown name or a wrong type, RangeError for a value out of range */
export function checkStreamOptions({ items, ...options }: StreamOptions): StreamOptions {
  return { ...checkInferOptions(options), items }
}

/**
 * @param clusters whether the method has clusters, and so labels to be scored against
 * @throws TypeError for an unknown name or a wrong type, RangeError for a value out of range
 */
export function checkFitOptions<Result extends FitResult>(options: unknown, clusters: boolean): CheckedFitOptions<Result> {
  checkNames(options, ['signal', 'memory', 'onProgress', 'checkpoint', 'resume', 'record', ...(clusters ? ['labels'] : [])])
  const { onProgress, resume = false, labels } = options
  if (onProgress !== undefined && typeof onProgress !== 'function') throw new TypeError(expected('a function', 'onProgress', onProgress))
  if (typeof resume !== 'boolean') throw new TypeError(expected('true or false', 'resume', resume))
  if (labels !== undefined && typeof labels !== 'string' && !(labels instanceof Int32Array) && !Array.isArray(labels)) {
    throw new TypeError(expected('an Int32Array, an array of integers or a path', 'labels', labels))
  }
  const checkpoint = checkCheckpoint(options.checkpoint)
  return {
    signal: checkSignal(options.signal),
    memory: checkedMemory(options.memory),
    onProgress: onProgress as FitOptions<Result>['onProgress'],
    checkpoint,
    labels,
    resume,
    record: checkRecord(options.record ?? checkpoint !== undefined)
  }
}

function checkRecord(record: unknown): RecordPlan | undefined {
  if (record === false) return undefined
  if (record !== true && (typeof record !== 'object' || record === null)) throw new TypeError(expected('true, false or an object', 'record', record))
  const given: unknown = record === true ? {} : record
  checkNames(given, [...Object.keys(recordOptions), 'data', 'classes', 'features'])
  const { data, classes, features, ...numbers } = given
  const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(item => typeof item === 'string')
  if (data !== undefined && typeof data !== 'string') throw new TypeError(expected('a string', 'record.data', data))
  if (classes !== undefined && !isTexts(classes)) throw new TypeError(expected('an array of strings', 'record.classes', classes))
  if (features !== undefined && !isTexts(features)) throw new TypeError(expected('an array of strings', 'record.features', features))
  return {
    ...completeOptions(recordOptions, {}, checkOptions(recordOptions, numbers) as Partial<Complete<typeof recordOptions>>),
    data,
    classes,
    features
  }
}

function checkCheckpoint(checkpoint: unknown): CheckedFitOptions<FitResult>['checkpoint'] {
  if (checkpoint === undefined) return undefined
  const given: unknown = typeof checkpoint === 'string' ? { path: checkpoint } : checkpoint
  checkNames(given, ['path', 'seconds'])
  const { path, seconds = checkpointSeconds } = given
  if (typeof path !== 'string' || path === '') throw new TypeError(expected('the path of a folder', 'checkpoint', path))
  if (typeof seconds !== 'number') throw new TypeError(expected('a number from 0', 'checkpoint.seconds', seconds))
  if (!(seconds >= 0)) throw new RangeError(expected('a number from 0', 'checkpoint.seconds', seconds))
  return { path, seconds }
}

/**
 * The true labels of `n` items.
 * @throws TypeError or RangeError if they are not n integers; DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT for a bad file
 */
export async function trueLabels(labels: NonNullable<FitOptions['labels']>, n: number, signal: AbortSignal | undefined): Promise<Int32Array> {
  const values = typeof labels === 'string' ? (await readLabels(labels, signal && { signal })).labels : labels
  if (values.length !== n) throw new RangeError(expected(`${n} labels (one per item)`, 'labels', values.length))
  if (values instanceof Int32Array) return values
  const checked = new Int32Array(n)
  await inSlices(n, signal, (from, to) => {
    for (let i = from; i < to; ++i) {
      const value = values[i]!
      if (!Number.isInteger(value) || Math.abs(value) > 0x7fffffff) throw new TypeError(expected('integers of 32 bits', 'labels', value))
      checked[i] = value
    }
  })
  return checked
}
