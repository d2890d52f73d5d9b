/** Joins calls of few items that come together into batches: onnxruntime runs 256 items in hardly more time than one. */

import { DeepClusteringError } from '../errors.js'
import type { Parcel } from './worker-protocol.js'

/** How calls are joined. */
export interface Batching {
  /** Milliseconds that a call may wait for others while nothing runs, from 0; 1 by default. 0 joins what is asked for in the same turn of the event loop. */
  maxDelay?: number | undefined
  /** Items of one batch, from 1; the model's `batchSize` by default. */
  maxBatch?: number | undefined
  /** Items that may wait, from `maxBatch`; a call beyond is rejected with ERR_OVERLOADED. 100 batches by default. */
  maxQueue?: number | undefined
}

export type Outputs = Readonly<Record<string, Parcel>>

interface Call {
  readonly items: Parcel
  readonly outputs: readonly string[]
  readonly resolve: (results: Outputs) => void
  readonly reject: (error: unknown) => void
}

const rowsOf = ({ shape }: Parcel): number => shape[0]!

/** Several arrays of one type as one. */
function joined(parcels: readonly Parcel[]): Parcel {
  const [{ type, data: first, shape }] = parcels as [Parcel]
  const make = first.constructor as new (length: number) => Parcel['data']
  const data = new make(parcels.reduce((sum, parcel) => sum + parcel.data.length, 0))
  let at = 0
  for (const parcel of parcels) {
    data.set(parcel.data, at)
    at += parcel.data.length
  }
  return { type, data, shape: [parcels.reduce((sum, parcel) => sum + rowsOf(parcel), 0), ...shape.slice(1)] }
}

/** Rows `begin` .. `end` - 1 of a result, in an array of their own. */
function rows({ type, data, shape }: Parcel, begin: number, end: number): Parcel {
  const width = data.length / shape[0]!
  return { type, data: data.slice(begin * width, end * width), shape: [end - begin, ...shape.slice(1)] }
}

export class Batcher {
  readonly #run: (items: Parcel, outputs: readonly string[]) => Promise<Outputs>
  readonly #limits: Required<{ [Name in keyof Batching]: number }>
  readonly #waiting: Call[] = []
  #waitingRows = 0
  #running = false
  #timer: NodeJS.Timeout | undefined

  constructor(run: (items: Parcel, outputs: readonly string[]) => Promise<Outputs>, limits: Required<{ [Name in keyof Batching]: number }>) {
    this.#run = run
    this.#limits = limits
  }

  /** Whether so many items go through here: more than a batch gain nothing. */
  takes(rows: number): boolean {
    return rows < this.#limits.maxBatch
  }

  /**
   * The outputs for some items, of a batch that they share.
   * @param signal a call that waits leaves the queue; of one that runs the answer is not waited for
   * @throws DeepClusteringError ERR_OVERLOADED if too many items wait
   */
  ask(items: Parcel, outputs: readonly string[], signal: AbortSignal | undefined): Promise<Outputs> {
    const { maxQueue } = this.#limits
    if (this.#waitingRows + rowsOf(items) > maxQueue) {
      const message = `${this.#waitingRows.toLocaleString('en')} items wait for this model, and \`maxQueue\` is ${maxQueue.toLocaleString('en')}. Ask again later, or use more models`
      return Promise.reject(new DeepClusteringError('ERR_OVERLOADED', message))
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const at = this.#waiting.indexOf(call)
        if (at >= 0) {
          this.#waiting.splice(at, 1)
          this.#waitingRows -= rowsOf(items)
        }
        reject(signal!.reason)
      }
      const call: Call = {
        items,
        outputs,
        resolve: results => {
          signal?.removeEventListener('abort', leave)
          resolve(results)
        },
        reject: error => {
          signal?.removeEventListener('abort', leave)
          reject(error)
        }
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(call)
      this.#waitingRows += rowsOf(items)
      this.#schedule()
    })
  }

  /** While a batch runs the next one gathers, so only the first call of a burst waits for the timer. */
  #schedule(): void {
    if (this.#running || this.#waiting.length === 0) return
    const { maxBatch, maxDelay } = this.#limits
    if (this.#waitingRows >= maxBatch) return void this.#flush()
    this.#timer ??= setTimeout(() => void this.#flush(), maxDelay)
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.length === 0) return
    let count = 0
    let total = 0
    while (count < this.#waiting.length && (count === 0 || total + rowsOf(this.#waiting[count]!.items) <= this.#limits.maxBatch))
      total += rowsOf(this.#waiting[count++]!.items)
    const calls = this.#waiting.splice(0, count)
    this.#waitingRows -= total
    this.#running = true
    try {
      const outputs = [...new Set(calls.flatMap(call => call.outputs))]
      const results = await this.#run(joined(calls.map(call => call.items)), outputs)
      let begin = 0
      for (const { items, outputs, resolve } of calls) {
        const end = begin + rowsOf(items)
        resolve(Object.fromEntries(outputs.map(name => [name, rows(results[name]!, begin, end)])))
        begin = end
      }
    } catch (error) {
      for (const { reject } of calls) reject(error)
    } finally {
      this.#running = false
      // What has gathered meanwhile has waited long enough.
      if (this.#waiting.length > 0) void this.#flush()
    }
  }
}
