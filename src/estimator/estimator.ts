/** What every method's class is: options checked at once, native work done on a thread of its own, state that can be saved. */

import type { Dataset, ItemOperations, Items, ReadOptions, ReadProgress, ResultBlock, StreamOptions } from '../data/index.js'
import { streamed } from '../data/stream.js'
import { securedItems } from '../data/to-dataset.js'
import { DeepClusteringError, expected } from '../errors.js'
import {
  loadModelFolder,
  type ModelFolder,
  type Recording,
  readRecording,
  removeRecording,
  saveModelFolder,
  saveRecording
} from '../model-file/index.js'
import type { OptionValues, Tensors } from '../native/addon.js'
import { type Placement, resolvePlacement } from '../native/device.js'
import { type CallSite, callSite, disposedError, fromNative } from '../native/failure.js'
import { checkOptions, completeOptions } from '../options/check.js'
import { runOptions } from '../options/groups.js'
import { type Given, optionTable } from '../options/table.js'
import { traced } from '../tracing.js'
import { Checkpoint } from './checkpoint.js'
import { EventQueue } from './event-queue.js'
import { type CheckedFitOptions, checkFitOptions, checkInferOptions, checkStreamOptions, trueLabels } from './fit-options.js'
import { checkTogether, constructorOptions, type Method, methodValues } from './method.js'
import { readConfig, type Setup } from './model-config.js'
import { runInfer } from './native-run.js'
import { checkExport, sampleOf } from './onnx-check.js'
import { buildExport, checkExportArguments, type OnnxExport, type OnnxExportOptions, writeExport } from './onnx-export.js'
import type { Counted } from './scores.js'
import { type Job, Session } from './session.js'
import type { DataInput, EpochRecord, FitEvent, FitOptions, FitResult, FloatTensor, ReadingOptions } from './types.js'

const { seed: _, ...placementOptions } = runOptions
const loadOptions = optionTable(placementOptions)

/** Where a loaded model runs; by default on the device that is there, in the precision it was trained in. */
export type LoadOptions = Given<typeof loadOptions>

/** Options of `predict`, `transform` and the other calls on new items. */
export interface InferOptions extends ReadingOptions {
  /** Stops the work within one batch. */
  signal?: AbortSignal | undefined
}

/** Options of {@link Estimator.exportOnnx}. */
export interface CheckedOnnxExportOptions extends OnnxExportOptions {
  /** Real items to compare native and ONNX answers on; by default some that the model was fitted to, which a loaded model has none of. */
  data?: DataInput | undefined
  /** Whether answers are compared before anything is written; that needs onnxruntime-node. True without this. */
  check?: boolean | undefined
}

/** A class of estimators, as `load` and the command line use it. */
export interface EstimatorClass<Model extends Estimator<FitResult> = Estimator<FitResult>> {
  readonly method: Method
  // biome-ignore lint/suspicious/noExplicitAny: each class has its own options, which are checked when a model is made
  new (options: any): Model
}

/** Makes a model of a class from the folder at `path`, which was read: {@link Estimator.load} without the reading. */
export let restoreEstimator: <Model extends Estimator<FitResult>>(
  type: EstimatorClass<Model>,
  folder: ModelFolder,
  options: LoadOptions,
  site: CallSite,
  path: string
) => Promise<Model>

/**
 * The base of all estimators. A constructor checks every option and loads nothing native; {@link Estimator.fit} trains.
 * Data are `{ data: Float32Array | Uint8Array, shape: [n, …] }`, an array of rows, or what lies in files.
 */
export abstract class Estimator<Result extends FitResult> {
  /** Name, options and presets of the method. */
  declare static readonly method: Method

  readonly #method: Method
  readonly #given: Readonly<Record<string, unknown>>
  #session: Session | undefined
  /** A run that is to be compared with the one in `#session`. */
  #candidate: Session | undefined
  #fitting = false
  /** Streams whose loops are not left. */
  #streams = 0
  #disposed = false
  /** A few items of the last fit. */
  #sample: Dataset | undefined
  /** The folder of a loaded model, whose recording is read when it is needed. */
  #origin: string | undefined
  /** Settles when the last job that was begun has ended; never rejects. */
  #lastJob: Promise<void> = Promise.resolve()

  protected constructor(method: Method, options: unknown) {
    this.#method = method
    this.#given = Object.freeze(checkOptions(constructorOptions(method), options))
    for (const preset of candidatePresets(method, this.#given.preset)) checkTogether(method, methodValues(method, preset, this.#given))
  }

  /** The options that were given to the constructor. */
  get options(): Readonly<Record<string, unknown>> {
    return this.#given
  }

  /** Mean losses of each epoch so far; kept in a saved model. */
  get history(): readonly EpochRecord[] {
    return this.#session?.record.history ?? []
  }

  /** Whether the model has learned something that it can apply or save. */
  get fitted(): boolean {
    return this.#session?.learned ?? false
  }

  /** Whether the last fit ran to its end; if not, `fit(data, { resume: true })` continues it. */
  get finished(): boolean {
    return this.#session?.finished ?? false
  }

  get disposed(): boolean {
    return this.#disposed
  }

  /**
   * Trains on a native thread, on a copy of the data; those in shared memory are read in place and must not change meanwhile.
   * Without `resume` a second fit forgets the first.
   * @throws TypeError or RangeError for bad options or data; `signal.reason` when aborted; DeepClusteringError
   *   ERR_BUSY, ERR_DISPOSED, ERR_DEVICE_UNAVAILABLE, ERR_DIVERGED, ERR_OUT_OF_MEMORY, ERR_FILE_NOT_FOUND, …
   */
  async fit(data: DataInput, options: FitOptions<Result> = {}): Promise<Result> {
    const site = callSite(this.fit)
    this.#assertIdle()
    const checked = checkFitOptions<Result>(options, 'clusters' in this.#method.options)
    checked.signal?.throwIfAborted()
    if (this.#streams > 0)
      throw new DeepClusteringError('ERR_BUSY', 'A stream of this model is open. Pull it to its end or leave its loop first, or use another model')
    if (checked.resume && !this.#session) throw notFitted('There is nothing to resume')
    this.#fitting = true
    try {
      return await traced('fit', { method: this.#method.name, options: this.#given }, () => this.#inTurn(() => this.#train(data, checked, site)))
    } finally {
      this.#fitting = false
    }
  }

  /**
   * The events of {@link Estimator.fit} as an async iterator; the last one is `{ type: 'end', result }`. Leaving the
   * loop early stops the training, as an aborted signal does. Training does not wait for who pulls: see {@link FitEvent} for what then is left out.
   */
  async *fitSteps(data: DataInput, options: FitOptions<Result> = {}): AsyncGenerator<FitEvent<Result>, void, void> {
    const events = new EventQueue<Result>()
    const leave = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, leave.signal]) : leave.signal
    const onProgress = (event: FitEvent<Result>): void => {
      options.onProgress?.(event)
      events.push(event)
    }
    const ended = this.fit(data, { ...options, signal, onProgress }).then(
      () => events.end(),
      error => events.fail(error)
    )
    try {
      yield* events
    } finally {
      leave.abort()
      await ended
    }
  }

  /**
   * What `predict`, `transform` or another operation gives of items in any number, block by block in their order, in bounded memory. Other calls may come between
   * the blocks, a fit may not (ERR_BUSY) until the loop is left. Arrays that are given are copied block by block: they must not change meanwhile.
   * @throws TypeError if the model has no such operation; as that operation
   *
   * @example
   * for await (const { data, shape } of model.stream('predict', 'items.npy')) …
   * await writeNpy('labels.npy', model.stream('predict', 'items.npy'))
   */
  async *stream<Operation extends keyof ItemOperations & keyof this>(
    operation: Operation,
    data: DataInput,
    options: StreamOptions = {}
  ): AsyncGenerator<ResultBlock<ItemOperations[Operation]>, void, void> {
    const checked = checkStreamOptions(options)
    this.#ready(operation)
    this.#streams++
    try {
      yield* streamed(this, operation, data, checked)
    } finally {
      this.#streams--
    }
  }

  /**
   * Writes the last complete state as a folder with `config.json` and `model.safetensors`, replacing both at once. Also
   * possible while the model trains.
   * @throws DeepClusteringError ERR_NOT_FITTED or ERR_DISPOSED
   */
  async save(folder: string): Promise<void> {
    if (typeof folder !== 'string' || folder === '') throw new TypeError(expected('the path of a folder', 'folder', folder))
    if (this.#disposed) throw disposedError()
    if (!(await this.#write(folder))) throw notFitted('There is nothing to save')
  }

  /**
   * Loads a model that this class saved.
   * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT if the folder does not hold one
   */
  static async load<Model extends Estimator<FitResult>>(this: EstimatorClass<Model>, folder: string, options: LoadOptions = {}): Promise<Model> {
    const site = callSite(Estimator.load)
    return traced('load', { method: this.method.name, folder }, async () =>
      restoreEstimator(this, await loadModelFolder(folder), options, site, folder)
    )
  }

  /**
   * Writes the model as ONNX: `path` (items to `embedding`, `probabilities` and `label`), and beside it `….decoder.onnx` and `….generator.onnx`
   * where the method has a decoder or generates. First both answer on real items, and only what agrees with the model is written: equal labels, embeddings
   * within 1e-4 of the largest entry, probabilities within 1e-3.
   * @throws DeepClusteringError ERR_EXPORT_MISMATCH, ERR_NOT_EXPORTABLE, ERR_ONNXRUNTIME_MISSING, ERR_NOT_FITTED, ERR_DISPOSED, ERR_BUSY
   */
  async exportOnnx(path: string, options: CheckedOnnxExportOptions = {}): Promise<OnnxExport> {
    checkExportArguments(path, options, ['data', 'check'])
    this.#assertIdle()
    const { check = true, data } = options
    if (typeof check !== 'boolean') throw new TypeError(expected('true or false', 'check', check))
    const session = this.#session
    const state = session?.native.state()
    if (!session || !state) throw notFitted('There is nothing to export')
    const items = data === undefined ? this.#sample : await sampleOf(await securedItems(data))
    if (check && !items)
      throw new TypeError(`${expected('items to compare answers on', 'data', data)}: a loaded model keeps none. Give some, or \`check: false\``)
    const input = options.input ?? (items && (items.data instanceof Uint8Array ? 'uint8' : 'float32'))
    const built = buildExport(this.#method, session.config(), state, input)
    const decoded = async (rows: Readonly<Record<string, Float32Array>>, count: number): Promise<FloatTensor> => {
      const { options: values, shape } = session.setup
      const data = this.#method.onnx!.generator!.latents!(rows, count, { options: values, shape, tensors: state })
      const width = data.length / count
      return (await this.infer('decode', { data, shape: [count, width] }, {}, this.exportOnnx, [width])).items as FloatTensor
    }
    const checked = check ? await checkExport(built, items!, operation => this.infer(operation, items!, {}, this.exportOnnx), decoded) : 0
    return writeExport(built, path, checked)
  }

  /** Frees the native memory; a running fit stops and rejects with ERR_DISPOSED. May be called again. */
  dispose(): void {
    this.#disposed = true
    this.#session?.dispose()
    this.#candidate?.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** As {@link Estimator.dispose}, and resolves when a running job has stopped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose()
    await this.#lastJob
  }

  /** The method's own result from the record of the run, the tensors of the core and, of a method with clusters, what was counted of them. */
  protected abstract resultOf(record: FitResult, tensors: Tensors, counted?: Counted): Result

  /** Every option of the fitted model with the value that was used. */
  protected get settled(): Readonly<Record<string, unknown>> {
    return this.#session?.setup.options ?? {}
  }

  /** As {@link Estimator.settled}, for an operation whose own options are read by them. @throws DeepClusteringError if the model cannot be applied */
  protected settledFor(operation: string): Readonly<Record<string, unknown>> {
    return this.#ready(operation).setup.options
  }

  /**
   * One operation of the core on new items; `below` is the public method, whose caller's stack errors get. The items have the shape
   * of those that were fitted, or that of `itemShape`.
   */
  protected async infer(
    operation: string,
    data: DataInput,
    options: InferOptions = {},
    below: Function,
    itemShape?: readonly number[]
  ): Promise<Tensors> {
    const site = callSite(below)
    const { signal, memory } = checkInferOptions(options)
    const session = this.#ready(operation)
    signal?.throwIfAborted()
    const work = async (): Promise<Tensors> => {
      const items = await securedItems(data, reading(memory, signal))
      const shape = items.shape.slice(1)
      const wanted = itemShape ?? session.setup.shape
      if (shape.join() !== wanted.join()) {
        throw new RangeError(expected(`items of shape [${wanted.join(', ')}]${itemShape ? '' : ', as fitted,'}`, 'data', shape))
      }
      if (this.#disposed) throw disposedError()
      signal?.throwIfAborted()
      return runInfer(session.native, operation, items, { signal, site, disposed: () => this.#disposed })
    }
    return traced('infer', { method: this.#method.name, operation }, () => this.#inTurn(work))
  }

  /** As {@link Estimator.infer}, for operations with one result of floats. */
  protected async inferFloats(
    operation: string,
    result: string,
    data: DataInput,
    options: InferOptions | undefined,
    below: Function,
    itemShape?: readonly number[]
  ): Promise<FloatTensor> {
    const tensors = await this.infer(operation, data, options, below, itemShape)
    return tensors[result] as FloatTensor
  }

  /** One operation of the core that needs no items, with its own checked values. */
  protected async generate(operation: string, values: OptionValues, below: Function): Promise<Tensors> {
    const site = callSite(below)
    const session = this.#ready(operation)
    return this.#inTurn(async () => {
      if (this.#disposed) throw disposedError()
      try {
        return await session.native.generate(operation, values)
      } catch (failure) {
        throw fromNative(failure, site, this.#disposed)
      }
    })
  }

  /** The session, if it can be applied. */
  #ready(operation: string): Session {
    this.#assertIdle()
    if (!this.#session?.learned) throw notFitted(`\`${operation}\` needs a fitted model`)
    return this.#session
  }

  #assertIdle(): void {
    if (this.#disposed) throw disposedError()
    if (this.#fitting)
      throw new DeepClusteringError('ERR_BUSY', 'This model is training. Await its fit first, abort it with a signal, or use another model')
  }

  /** Runs one job after another. */
  async #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const before = this.#lastJob
    let ended!: () => void
    this.#lastJob = new Promise(resolve => (ended = resolve))
    await before
    try {
      return await job()
    } finally {
      ended()
    }
  }

  async #train(input: DataInput, options: CheckedFitOptions<Result>, site: CallSite): Promise<Result> {
    const started = performance.now()
    const onProgress = (progress: ReadProgress): void => options.onProgress?.({ type: 'reading', ...progress })
    const items = await securedItems(input, { ...reading(options.memory, options.signal), onProgress })
    const labels = options.labels === undefined ? undefined : await trueLabels(options.labels, items.shape[0]!, options.signal)
    if (this.#disposed) throw disposedError()
    options.signal?.throwIfAborted()
    const session = options.resume ? this.#session! : this.#begun(items, site)
    if (options.resume) await session.resume(items, options.record, options.record && (await this.#earlierRecording()))
    this.#sample = await sampleOf(items)
    const emit = (event: FitEvent<Result>): void => options.onProgress?.(event)
    const checkpoint =
      options.checkpoint &&
      new Checkpoint(options.checkpoint.path, options.checkpoint.seconds, path => this.#write(path), {
        written: path => emit({ type: 'checkpoint', path }),
        failed: message => {
          this.#session!.record.warnings.push(message)
          emit({ type: 'warning', message })
        }
      })
    const job: Job<Result> = { items, labels, emit, checkpoint, signal: options.signal, site, disposed: () => this.#disposed, plan: options.record }

    let tensors = await session.run(job)
    const restarts = (session.setup.options.restarts as number | undefined) ?? 1
    while (this.#method.criterion && this.#session!.restarts.length < restarts) {
      tensors = (await this.#challenge(job)) ?? tensors
    }

    const clusters = 'clusters' in this.#method.options ? (tensors.labels?.data as Int32Array | undefined) : undefined
    const counted = clusters && (await this.#session!.count(clusters, labels))
    const { setup, record, restarts: ended } = this.#session!
    const { n, shape, preset, seed, device, precision, options: values } = setup
    const result = this.resultOf(
      {
        ...{ method: this.#method.name, n, shape, preset, options: values, seed, device, precision },
        ...{ seconds: (performance.now() - started) / 1000, phases: record.phases, history: [...record.history], warnings: [] },
        ...(this.#method.criterion && { restarts: ended })
      },
      tensors,
      counted
    )
    for (const message of result.warnings) {
      record.warnings.push(message)
      emit({ type: 'warning', message })
    }
    this.#session!.metrics = counted?.metrics
    await this.#session!.recordEnd(job as Job<FitResult>, tensors, clusters, counted)
    await checkpoint?.finish()
    const complete = { ...result, warnings: [...record.warnings] }
    emit({ type: 'end', result: complete })
    return complete
  }

  /**
   * One more run, with the next seed. The model is the better of both by the criterion; resolves with the new run's results
   * if that is it. A run that fails or is stopped leaves the best of the others, and can be made again by a resumed fit.
   */
  async #challenge(job: Job<Result>): Promise<Tensors | undefined> {
    const best = this.#session!
    const candidate = best.challenger(job.site)
    this.#candidate = candidate
    best.finished = false
    try {
      const tensors = await candidate.run(job)
      best.restarts = candidate.restarts
      best.finished = true
      if (!candidate.beats(best)) return undefined
      this.#session = candidate
      return tensors
    } finally {
      this.#candidate = undefined
      for (const session of [best, candidate]) if (session !== this.#session) session.dispose()
    }
  }

  /** A session for new data; the one before is freed only when everything is known to fit. */
  #begun(items: Items, site: CallSite): Session {
    const session = Session.begin(this.#method, this.#given, items, site)
    this.#session?.dispose()
    this.#origin = undefined
    return (this.#session = session)
  }

  /** Writes the last complete state; says whether there is one. */
  async #write(folder: string): Promise<boolean> {
    const session = this.#session
    const state = session?.native.state()
    if (!session || !state) return false
    const recording = session.recorder?.recording ?? (await this.#earlierRecording())
    await saveModelFolder(folder, { ...session.config() }, state)
    await (recording ? saveRecording(folder, recording) : removeRecording(folder))
    return true
  }

  /** What stands in the folder that the model was loaded from. */
  async #earlierRecording(): Promise<Recording | undefined> {
    return this.#origin === undefined ? undefined : readRecording(this.#origin)
  }

  static {
    restoreEstimator = async (type, { config: raw, tensors }, options, site, path) => {
      const { method } = type
      const asked = checkOptions(loadOptions, options)
      const config = readConfig(raw, method)
      const placement = completeOptions(loadOptions, { precision: config.precision }, asked as Partial<Placement>)
      const setup: Setup = { ...config, ...resolvePlacement(placement, method.bfloat16) }
      const model = new type(config.given)
      model.#origin = path
      model.#session = await Session.restore(method, config, setup, placement.device, tensors, site)
      return model
    }
  }
}

/** The presets that a fit may use: the one that was asked for, or each that `auto` can choose. */
function candidatePresets(method: Method, asked: unknown): readonly (string | null)[] {
  if (!method.automatic) return [null]
  return asked === undefined || asked === 'auto' ? [method.automatic.images, method.automatic.other] : [asked as string]
}

/** Options of reading, without those that were not given. */
const reading = (memory: number | undefined, signal: AbortSignal | undefined): ReadOptions => ({
  ...(memory !== undefined && { memory }),
  ...(signal && { signal })
})

function notFitted(what: string): DeepClusteringError {
  return new DeepClusteringError('ERR_NOT_FITTED', `${what}: this model has learned nothing yet. Call fit() first, or load a saved model`)
}
