/** One native model: what it was set up with, its training, and the record of it. */

import type { Items } from '../data/index.js'
import { areBytes } from '../data/items.js'
import { expected } from '../errors.js'
import type { EvaluationResult } from '../metrics/index.js'
import type { Recording } from '../model-file/index.js'
import type { NativeEvent, NativeModel, OptionValues, Tensors } from '../native/addon.js'
import { fallbackWarning, precisionWarning, resolvePlacement } from '../native/device.js'
import { type CallSite, fromNative } from '../native/failure.js'
import { addonSource } from '../native/runtime.js'
import { completeOptions } from '../options/check.js'
import { runOptions } from '../options/groups.js'
import type { Device } from '../options/table.js'
import type { Checkpoint } from './checkpoint.js'
import { checkTogether, choosePreset, type DataFacts, type Method, methodValues } from './method.js'
import type { ModelConfig, Setup } from './model-config.js'
import { runFit } from './native-run.js'
import { Recorder, type RecordPlan } from './recorder.js'
import { RunRecord } from './run-record.js'
import { type Counted, counted } from './scores.js'
import type { FitEvent, FitResult, RestartRecord } from './types.js'

/** What the runs of one fit have in common. */
export interface Job<Result extends FitResult> {
  readonly items: Items
  /** For the scores in the history only. */
  readonly labels: Int32Array | undefined
  readonly emit: (event: FitEvent<Result>) => void
  readonly checkpoint: Checkpoint | undefined
  readonly signal: AbortSignal | undefined
  readonly site: CallSite
  /** Whether the model was disposed while the job ran. */
  readonly disposed: () => boolean
  /** What is recorded for the report. */
  readonly plan: RecordPlan | undefined
}

export class Session {
  readonly native: NativeModel
  readonly setup: Setup
  record: RunRecord
  /** Of the last fit; absent where nothing was to be recorded. */
  recorder: Recorder | undefined
  /** Runs of the same fit that ended, this one among them once it has. */
  restarts: readonly RestartRecord[]
  /** Whether there is a complete state to apply and save, as of the end of the last job. */
  learned = false
  finished = false
  /** Scores of the last fit that was given labels. */
  metrics: EvaluationResult | undefined
  readonly #method: Method
  /** The checked options of the constructor. */
  readonly #given: Readonly<Record<string, unknown>>
  /** The device as the caller named it; `setup` has the one that was taken. */
  readonly #asked: Device

  private constructor(
    method: Method,
    given: Readonly<Record<string, unknown>>,
    setup: Setup,
    asked: Device,
    site: CallSite,
    record = new RunRecord(),
    restarts: readonly RestartRecord[] = []
  ) {
    this.#method = method
    this.#given = given
    this.setup = setup
    this.#asked = asked
    this.native = nativeModel(method, setup, site)
    this.record = record
    this.restarts = restarts
  }

  /** A new one for data, with every option decided. `given` are checked options of the constructor. */
  static begin(method: Method, given: Readonly<Record<string, unknown>>, items: Items, site: CallSite): Session {
    const shape = items.shape.slice(1)
    const facts: DataFacts = { n: items.shape[0]!, shape, bytes: areBytes(items) }
    const run = completeOptions(runOptions, {}, given)
    const preset = choosePreset(method, (given.preset as string | undefined) ?? 'auto', shape)
    const values = methodValues(method, preset, given, facts.n)
    if (values.scaling === 'auto') values.scaling = facts.bytes ? 'unit' : 'none'
    method.settle?.(values)
    checkTogether(method, values, facts)
    const setup = { n: facts.n, shape, preset, options: values, seed: run.seed, ...resolvePlacement(run, method.bfloat16) }
    return new Session(method, given, setup, run.device, site)
  }

  /** The one that a saved model holds. */
  static async restore(method: Method, config: ModelConfig, setup: Setup, asked: Device, tensors: Tensors, site: CallSite): Promise<Session> {
    const session = new Session(
      method,
      config.given,
      setup,
      asked,
      site,
      new RunRecord(config.history, config.phases, config.warnings),
      config.restarts
    )
    try {
      await session.native.restore(tensors)
    } catch (failure) {
      session.dispose()
      throw fromNative(failure, site, false)
    }
    session.learned = true
    session.finished = config.finished
    session.metrics = config.metrics
    return session
  }

  /** The same fit with the next seed. */
  challenger(site: CallSite): Session {
    const seed = Math.max(...this.restarts.map(run => run.seed)) + 1
    return new Session(this.#method, this.#given, { ...this.setup, seed }, this.#asked, site, undefined, this.restarts)
  }

  /**
   * Prepares to go on with the same data.
   * @param before what the earlier part of the run recorded, if that was read from a folder
   * @throws RangeError if they are others
   */
  async resume(items: Items, plan: RecordPlan | undefined, before: Recording | undefined): Promise<void> {
    const shape = [this.setup.n, ...this.setup.shape]
    if (items.shape.join() !== shape.join())
      throw new RangeError(expected(`the data of the fit that is resumed, of shape [${shape.join(', ')}],`, 'data', items.shape))
    this.recorder = plan && (this.recorder ?? (await Recorder.of(plan, items, before)))
    this.record = new RunRecord(this.record.history, this.record.phaseRecords, this.record.warnings)
  }

  /** Trains to the end of the run. */
  async run<Result extends FitResult>({ items, labels, emit, checkpoint, signal, site, disposed, plan }: Job<Result>): Promise<Tensors> {
    this.finished = false
    if (plan) this.recorder ??= await Recorder.of(plan, items)
    emit({ type: 'start', method: this.#method.name, given: this.#given, ...this.setup })
    for (const message of [fallbackWarning(this.#asked, this.setup), precisionWarning(this.setup)])
      if (message !== undefined && !this.record.warnings.includes(message)) emit(this.record.take({ type: 'warning', message }))
    const take = (event: NativeEvent, count?: Counted): void => {
      if (event.type === 'epoch') this.recorder?.take(event)
      emit(this.record.take(event, count))
      if (event.type === 'epoch') checkpoint?.epochEnded()
    }
    const onEvent = (event: NativeEvent): void | Promise<void> => {
      if (event.type !== 'epoch' || !event.assignments) return take(event)
      return this.count(event.assignments, labels, event.items).then(count => take(event, count))
    }
    try {
      const tensors = await runFit(this.native, items, onEvent, { signal, site, disposed }, this.recorder?.asked)
      this.finished = true
      // A finished run that is resumed stands there already.
      if (!this.#ranked)
        this.restarts = [
          ...this.restarts,
          { seed: this.setup.seed, criterion: this.#method.criterion?.(this.setup.options).of(this.record.history) ?? null }
        ]
      return tensors
    } catch (error) {
      if (!disposed()) await checkpoint?.salvage()
      throw error
    } finally {
      this.learned = !disposed() && this.native.state() !== null
    }
  }

  /** What is counted of the clusters of all items, or of some. */
  count(assignments: Int32Array, truth: Int32Array | undefined, items?: Int32Array): Promise<Counted> {
    return counted(assignments, (this.setup.options.clusters as number | undefined) ?? 0, truth, items)
  }

  /** Completes the recording of this run, which has ended. A picture that cannot be made is a warning: what was learned is there. */
  async recordEnd(
    { items, labels: truth, emit, site, disposed }: Job<FitResult>,
    tensors: Tensors,
    labels: Int32Array | undefined,
    count: Counted | undefined
  ): Promise<void> {
    const { native, setup } = this
    try {
      await this.recorder?.finish({
        method: this.#method,
        options: setup.options,
        tensors,
        data: items,
        labels,
        truth,
        counted: count,
        generate: (operation, values) => native.generate(operation, values)
      })
    } catch (failure) {
      if (disposed()) throw fromNative(failure, site, true)
      const message = `The pictures for the report could not be made: ${(failure as Error).message}`
      this.record.warnings.push(message)
      emit({ type: 'warning', message })
    }
  }

  /** Whether this run, which has ended, ranks before another one of the same fit. */
  beats(other: Session): boolean {
    const a = this.#ranked?.criterion ?? null
    const b = other.#ranked?.criterion ?? null
    if (a === null || b === null) return a !== null
    return this.#method.criterion!(this.setup.options).best === 'lowest' ? a < b : a > b
  }

  /** What is saved beside the tensors. */
  config(): ModelConfig {
    const { record, metrics } = this
    return {
      method: this.#method.name,
      given: this.#given,
      ...this.setup,
      finished: this.finished,
      history: [...record.history],
      phases: record.phaseRecords,
      warnings: [...record.warnings],
      restarts: this.restarts,
      ...(metrics && { metrics })
    }
  }

  dispose(): void {
    this.native.dispose()
  }

  get #ranked(): RestartRecord | undefined {
    return this.restarts.find(run => run.seed === this.setup.seed)
  }
}

function nativeModel(method: Method, { options, shape, device, precision, threads, tf32, capture, seed }: Setup, site: CallSite): NativeModel {
  const { Model } = addonSource().addon()
  try {
    return new Model({ method: method.name, options: options as OptionValues, shape, device, precision, threads, tf32, capture, seed })
  } catch (failure) {
    throw fromNative(failure, site, false)
  }
}
