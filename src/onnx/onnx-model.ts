/** A model from an .onnx file: needs onnxruntime-node, and neither the addon nor libtorch. */

import {
  type DataInput,
  type Dataset,
  type FloatTensor,
  type ItemOperations,
  type Items,
  inFiles,
  openItems,
  type ResultBlock,
  type StreamOptions,
  toDataset
} from '../data/index.js'
import { slice } from '../data/items.js'
import { streamed } from '../data/stream.js'
import { DeepClusteringError, expected } from '../errors.js'
import { checkNames } from '../options/check.js'
import { Batcher, type Batching } from './batcher.js'
import { drawn, readDraws, uniforms } from './draws.js'
import { ModelThread } from './model-thread.js'
import { type OnnxPort, type ReadModel, readModel, readOnnxBytes } from './read-model.js'
import type { ExecutionProvider, Parcel } from './worker-protocol.js'

/** Options of {@link OnnxModel.load}. */
export interface OnnxLoadOptions {
  /**
   * Where to run: onnxruntime's execution providers, for example `['cuda']`; the first that can be had is taken, and if none can
   * be had `load` fails. `['cpu']` without this.
   */
  executionProviders?: readonly ExecutionProvider[] | undefined
  /** CPU threads of one operator, from 1; by default onnxruntime's choice, the number of cores. */
  threads?: number | undefined
  /** Items in one run, from 1; 256 by default, fewer where the model needs much memory for each. */
  batchSize?: number | undefined
  /** Joins calls of few items that come together into one batch, for servers that get items one by one; off without this. */
  batching?: Batching | boolean | undefined
}

/** The outputs of a model's file by their names. */
export interface OnnxOutputs {
  /** The cluster of each item, 0 .. clusters - 1; length n. */
  readonly label: Int32Array
  /** The probability of each cluster for each item, `[n, clusters]`; rows sum to 1. */
  readonly probabilities: FloatTensor
  /** The embedding of each item, `[n, …]`. */
  readonly embedding: FloatTensor
  /** Of the file of a decoder: items in the units of the data, `[n, ...shape]`. */
  readonly reconstruction: FloatTensor
}

/** Options of the calls on items. */
export interface OnnxInferOptions {
  /** Stops the work after the batch that runs. */
  signal?: AbortSignal | undefined
  /** Most bytes of items that are held in memory; larger data stay in their files, or are written to one in the cache. 1 GiB without this. */
  memory?: number | undefined
}

/** Options of {@link OnnxModel.sample}. */
export interface OnnxSampleOptions extends Pick<OnnxInferOptions, 'signal'> {
  /** How many, from 1; 10 by default. */
  count?: number | undefined
  /** Seed of the draw, an integer from 0; 0 by default. */
  seed?: number | undefined
  /** Values of codes by name: the category of a categorical one, or a number. The others, and the noise, are drawn. */
  codes?: Readonly<Record<string, number>> | undefined
}

/** Bytes that the values of one batch may take together. */
const batchMemory = 2 ** 28

/** Batches of one call that are on their way at once: the thread that runs them never waits for the next. */
const batchesAhead = 2

/**
 * A model that `exportOnnx` wrote, run by onnxruntime in a thread of its own: the event loop stays free. Several models, and
 * several calls to one, may run at once.
 *
 * @example
 * const model = await OnnxModel.load('digits.onnx')
 * try {
 *   const labels = await model.predict(images)
 * } finally {
 *   model.dispose()
 * }
 */
export class OnnxModel {
  /** What the file says of itself: `method`, `options`, `shape`, `clusters`, `scaling`, … (docs/onnx.md lists them). */
  readonly metadata: Readonly<Record<string, string>>
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  /** The execution provider that really runs the model: `cpu`, `cuda`, … */
  readonly executionProvider: string
  readonly #thread: ModelThread
  readonly #batchSize: number
  readonly #batcher: Batcher | undefined
  #disposed = false

  private constructor(
    { metadata, inputs, outputs }: ReadModel,
    thread: ModelThread,
    executionProvider: string,
    batchSize: number,
    batching: Batching | undefined
  ) {
    this.metadata = metadata
    this.inputs = inputs
    this.outputs = outputs
    this.executionProvider = executionProvider
    this.#thread = thread
    this.#batchSize = batchSize
    const { maxDelay = 1, maxBatch = batchSize } = batching ?? {}
    const { maxQueue = 100 * maxBatch } = batching ?? {}
    const run = (items: Parcel, names: readonly string[]): Promise<ParcelsByName> => thread.run({ [inputs[0]!.name]: items }, names)
    this.#batcher = batching && inputs.length === 1 ? new Batcher(run, { maxDelay, maxBatch, maxQueue }) : undefined
  }

  /**
   * Loads a file, or the bytes of one. It is checked before onnxruntime sees it: a file from a stranger is safe.
   * @throws TypeError or RangeError for bad options; DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, ERR_FILE_FORMAT if it is no
   *   such model, ERR_ONNXRUNTIME_MISSING, ERR_DEVICE_UNAVAILABLE if none of the execution providers can be used
   */
  static async load(source: string | Uint8Array, options: OnnxLoadOptions = {}): Promise<OnnxModel> {
    if (typeof source !== 'string' && !(source instanceof Uint8Array))
      throw new TypeError(expected('a path or the bytes of a file', 'source', source))
    const { executionProviders, threads, batchSize, batching } = checkLoadOptions(options)
    const read = typeof source === 'string' ? readModel(await readOnnxBytes(source), source) : readModel(inPlainMemory(source))
    const example = Object.fromEntries(read.inputs.map(({ name: input, type, shape }) => [input, emptyParcel(type, [1, ...shape])]))
    const fits = Math.max(1, Math.floor(batchMemory / (4 * read.numbersPerItem)))
    const { thread, provider } = await ModelThread.start({ bytes: read.bytes, executionProviders, threads, example })
    return new OnnxModel(read, thread, provider, Math.min(batchSize, fits), batching)
  }

  /** The cluster of each item, 0 .. clusters - 1; length n. */
  async predict(data: DataInput, options?: OnnxInferOptions): Promise<Int32Array> {
    return (await this.#items(data, ['label'], options)).label
  }

  /** The probability of each cluster for each item, `[n, clusters]`; rows sum to 1. */
  async predictProba(data: DataInput, options?: OnnxInferOptions): Promise<FloatTensor> {
    return (await this.#items(data, ['probabilities'], options)).probabilities
  }

  /** The embedding of each item, `[n, …]`: what the estimator's `transform` gives. */
  async transform(data: DataInput, options?: OnnxInferOptions): Promise<FloatTensor> {
    return (await this.#items(data, ['embedding'], options)).embedding
  }

  /** For the file of a decoder: embeddings `[n, latent]` to items in the units of the data, `[n, ...shape]`. */
  async decode(embeddings: DataInput, options?: OnnxInferOptions): Promise<FloatTensor> {
    return (await this.#items(embeddings, ['reconstruction'], options)).reconstruction
  }

  /**
   * Several outputs for each item, of one run of the network.
   * @throws TypeError for what is no list of names; DeepClusteringError ERR_FILE_FORMAT for an output that the file does not have; as `predict`
   *
   * @example
   * const { label, probabilities, embedding } = await model.infer(images, ['label', 'probabilities', 'embedding'])
   */
  async infer<Name extends keyof OnnxOutputs>(
    data: DataInput,
    outputs: readonly Name[],
    options?: OnnxInferOptions
  ): Promise<Pick<OnnxOutputs, Name>> {
    const given: unknown = outputs
    if (!Array.isArray(given) || given.length === 0 || !given.every(name => typeof name === 'string'))
      throw new TypeError(expected("a list of outputs, for example ['label', 'embedding'],", 'outputs', outputs))
    return this.#items(data, [...new Set(outputs)], options)
  }

  /**
   * What `predict`, `transform` or another operation gives of items in any number, block by block in their order, in bounded memory.
   * @throws TypeError if there is no such operation; as that operation
   */
  async *stream<Operation extends keyof ItemOperations & keyof OnnxModel>(
    operation: Operation,
    data: DataInput,
    options: StreamOptions = {}
  ): AsyncGenerator<ResultBlock<ItemOperations[Operation]>, void, void> {
    if (this.#disposed) throw disposedError()
    checkNames(options, ['signal', 'memory', 'items'])
    checkSignal((options as StreamOptions).signal)
    yield* streamed(this, operation, data, options)
  }

  /**
   * For the file of a generator: new items in the units of the data, `[count, ...shape]`, and the inputs that they were made from. A seed gives other
   * items than with the estimator's `sample`, whose random numbers are the core's.
   * @throws TypeError or RangeError for bad options; DeepClusteringError ERR_FILE_FORMAT if the file is no generator
   */
  async sample(options: OnnxSampleOptions = {}): Promise<{ readonly samples: FloatTensor; readonly latents: Readonly<Record<string, FloatTensor>> }> {
    if (this.#disposed) throw disposedError()
    const { count, seed, codes, signal } = checkSampleOptions(options)
    const draws =
      this.metadata.part === 'generator'
        ? readDraws(this.metadata.draws, new Map(this.inputs.map(({ name, shape }) => [name, sizeOf(shape)])))
        : undefined
    const output = this.outputs.find(port => port.name === 'items')
    if (!draws || !output)
      throw new DeepClusteringError(
        'ERR_FILE_FORMAT',
        `This model generates nothing: it makes ${names(this.outputs)} from ${names(this.inputs)}. Load the file of a generator`
      )
    const unknown = Object.keys(codes).find(name => name === 'noise' || !draws.some(draw => draw.name === name))
    if (unknown !== undefined)
      throw new RangeError(
        expected(
          `values of ${
            draws
              .map(({ name }) => name)
              .filter(name => name !== 'noise')
              .join(', ') || 'no codes'
          }`,
          'codes',
          unknown
        )
      )
    const next = uniforms(seed)
    const latents = Object.fromEntries(
      draws.map(draw => [draw.name, { data: drawn(draw, count, next, codes[draw.name]), shape: [count, draw.size] }])
    )
    const inputs = draws.map(({ name }) => ({ port: this.inputs.find(input => input.name === name)!, items: latents[name]! }))
    const { data, shape } = (await this.#batches(inputs, [output], count, signal))[output.name]!
    return { samples: { data, shape } as FloatTensor, latents }
  }

  get disposed(): boolean {
    return this.#disposed
  }

  /** Frees the model; calls that wait are rejected with ERR_DISPOSED. May be called again. */
  dispose(): void {
    this.#disposed = true
    this.#thread.dispose(disposedError())
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** As {@link OnnxModel.dispose}, and resolves when the thread has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose()
    await this.#thread.exited
  }

  async #items<Name extends keyof OnnxOutputs>(
    data: DataInput,
    outputs: readonly Name[],
    options: OnnxInferOptions = {}
  ): Promise<Pick<OnnxOutputs, Name>> {
    if (this.#disposed) throw disposedError()
    checkNames(options, ['signal', 'memory'])
    const { signal: given, memory } = options as OnnxInferOptions
    const signal = checkSignal(given)
    signal?.throwIfAborted()
    const [input, ...more] = this.inputs
    const ports = outputs.map(name => {
      const port = this.outputs.find(output => output.name === name)
      if (port && input && more.length === 0) return port
      throw new DeepClusteringError(
        'ERR_FILE_FORMAT',
        `This model does not give \`${name}\`: it makes ${names(this.outputs)} from ${names(this.inputs)}`
      )
    })
    const items = await openItems(data, { ...(memory !== undefined && { memory }), ...(signal && { signal }) })
    const [n, ...shape] = items.shape as [number, ...number[]]
    if (shape.join() !== input!.shape.join())
      throw new RangeError(expected(`items of shape [${input!.shape.join(', ')}], as the model takes,`, 'data', shape))
    const results =
      this.#batcher?.takes(n) && !inFiles(items)
        ? await this.#batcher.ask(parcelOf(items, 0, input!), outputs, signal)
        : await this.#batches([{ port: input!, items }], ports, n, signal)
    const shown = outputs.map(name => {
      const { data, shape } = results[name]!
      return [name, name === 'label' ? data : { data, shape }]
    })
    return Object.fromEntries(shown) as Pick<OnnxOutputs, Name>
  }

  /** Some outputs for n rows of every input, in batches of bounded memory. */
  async #batches(
    inputs: readonly { readonly port: OnnxPort; readonly items: Items }[],
    outputs: readonly OnnxPort[],
    n: number,
    signal: AbortSignal | undefined
  ): Promise<ParcelsByName> {
    const results = Object.fromEntries(outputs.map(({ name, type, shape }) => [name, emptyParcel(type, [n, ...shape])]))
    const asked = outputs.map(({ name }) => name)
    let next = 0
    const batches = async (): Promise<void> => {
      while (next < n) {
        signal?.throwIfAborted()
        const begin = next
        const end = Math.min(n, begin + this.#batchSize)
        next = end
        const parcels: Record<string, Parcel> = {}
        for (const { port, items } of inputs) {
          const part = slice(items, begin, end)
          parcels[port.name] = parcelOf(inFiles(part) ? await toDataset(part) : part, begin, port)
        }
        const parts = await this.#thread.run(parcels, asked)
        for (const { name, shape } of outputs) results[name]!.data.set(parts[name]!.data, begin * sizeOf(shape))
      }
    }
    try {
      await Promise.all(Array.from({ length: batchesAhead }, batches))
    } catch (error) {
      next = n
      throw error
    }
    return results
  }
}

type ParcelsByName = Readonly<Record<string, Parcel>>

const sizeOf = (sides: readonly number[]): number => sides.reduce((product, side) => product * side, 1)

const names = (ports: readonly OnnxPort[]): string => ports.map(port => `\`${port.name}\``).join(', ')

function emptyParcel(type: OnnxPort['type'], shape: readonly number[]): Parcel {
  const length = sizeOf(shape)
  return { type, data: type === 'float32' ? new Float32Array(length) : type === 'uint8' ? new Uint8Array(length) : new Int32Array(length), shape }
}

/** Items from `begin` on as the model takes them, in a buffer of their own. */
function parcelOf({ data: part, shape }: Dataset, begin: number, { type, shape: sides }: OnnxPort): Parcel {
  const width = part.length / shape[0]!
  const parcel = { type, shape: [shape[0]!, ...sides] }
  if (type === 'float32') return { ...parcel, data: new Float32Array(part) }
  const bytes = new Uint8Array(part)
  if (part instanceof Float32Array) {
    const wrong = part.findIndex((value, i) => value !== bytes[i])
    if (wrong >= 0)
      throw new RangeError(
        expected(
          "integers 0 .. 255 (the model takes bytes; export it with `input: 'float32'` for others)",
          `data[${begin + Math.floor(wrong / width)}]`,
          part[wrong]
        )
      )
  }
  return { ...parcel, data: bytes }
}

function checkLoadOptions(options: unknown): {
  readonly executionProviders: readonly ExecutionProvider[]
  readonly threads: number
  readonly batchSize: number
  readonly batching: Batching | undefined
} {
  checkNames(options, ['executionProviders', 'threads', 'batchSize', 'batching'])
  const { executionProviders = ['cpu'], threads, batchSize = 256, batching = false } = options as OnnxLoadOptions
  const isProvider = (provider: unknown): boolean => typeof provider === 'string' || typeof (provider as { name?: unknown } | null)?.name === 'string'
  if (!Array.isArray(executionProviders) || executionProviders.length === 0 || !executionProviders.every(isProvider)) {
    throw new TypeError(expected("a list of names, for example ['cpu'],", 'executionProviders', executionProviders))
  }
  for (const [name, value] of Object.entries({ threads, batchSize })) {
    if (value !== undefined && typeof value !== 'number') throw new TypeError(expected('an integer from 1', name, value))
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) throw new RangeError(expected('an integer from 1', name, value))
  }
  return { executionProviders, threads: threads ?? 0, batchSize, batching: checkBatching(batching) }
}

function checkBatching(batching: unknown): Batching | undefined {
  if (typeof batching === 'boolean') return batching ? {} : undefined
  if (typeof batching !== 'object' || batching === null)
    throw new TypeError(expected('true, false or { maxDelay, maxBatch, maxQueue }', 'batching', batching))
  checkNames(batching, ['maxDelay', 'maxBatch', 'maxQueue'])
  for (const [name, least] of [
    ['maxDelay', 0],
    ['maxBatch', 1],
    ['maxQueue', 1]
  ] as const) {
    const value = (batching as Readonly<Record<string, unknown>>)[name]
    if (value !== undefined && typeof value !== 'number') throw new TypeError(expected(`a number from ${least}`, `batching.${name}`, value))
    const right = name === 'maxDelay' ? Number.isFinite(value) : Number.isSafeInteger(value)
    if (value !== undefined && !(right && value >= least))
      throw new RangeError(expected(`${name === 'maxDelay' ? 'a number' : 'an integer'} from ${least}`, `batching.${name}`, value))
  }
  return batching
}

function checkSampleOptions(options: unknown): {
  readonly count: number
  readonly seed: number
  readonly codes: Readonly<Record<string, number>>
  readonly signal: AbortSignal | undefined
} {
  checkNames(options, ['count', 'seed', 'codes', 'signal'])
  const { count = 10, seed = 0, codes = {}, signal } = options as OnnxSampleOptions
  for (const [name, value, least] of [
    ['count', count, 1],
    ['seed', seed, 0]
  ] as const) {
    if (typeof value !== 'number') throw new TypeError(expected(`an integer from ${least}`, name, value))
    if (!Number.isSafeInteger(value) || value < least) throw new RangeError(expected(`an integer from ${least}`, name, value))
  }
  if (typeof codes !== 'object' || codes === null || Array.isArray(codes))
    throw new TypeError(expected('an object like { c1: 3, c2: -1.5 }', 'codes', codes))
  for (const [name, value] of Object.entries(codes))
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError(expected('a number', `codes.${name}`, value))
  return { count, seed, codes, signal: checkSignal(signal) }
}

/** @throws TypeError */
function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError(expected('an AbortSignal', 'signal', signal))
  return signal
}

/** Shared memory could change while it is read. */
const inPlainMemory = (bytes: Uint8Array): Uint8Array => (bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes))

const disposedError = (): DeepClusteringError => new DeepClusteringError('ERR_DISPOSED', 'This model was disposed. Load it again')
