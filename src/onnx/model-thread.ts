/** A model in a thread of its own, as the thread that asks for it sees it. */

import type { Worker } from 'node:worker_threads'
import { DeepClusteringError } from '../errors.js'
import { startWorker } from '../worker-thread.js'
import { closeAtExit, runGate } from './run-gate.js'
import type { Failure, Parcel, Request, Response, Start } from './worker-protocol.js'

interface Waiting {
  readonly resolve: (results: Readonly<Record<string, Parcel>>) => void
  readonly reject: (error: Error) => void
}

const errorOf = ({ code, message }: Failure): DeepClusteringError => new DeepClusteringError(code, message)

export class ModelThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #exited: Promise<void>
  #next = 0
  #ended: DeepClusteringError | undefined

  private constructor(worker: Worker, exited: Promise<void>) {
    this.#worker = worker
    this.#exited = exited
  }

  /**
   * Starts the thread, and resolves when its session stands. The buffer of `model.bytes` changes hands.
   * @throws DeepClusteringError ERR_ONNXRUNTIME_MISSING, ERR_DEVICE_UNAVAILABLE, ERR_FILE_FORMAT, …
   */
  static async start(model: Omit<Start, 'gate'>): Promise<{ readonly thread: ModelThread; readonly provider: string }> {
    const worker = startWorker(new URL('./worker.js', import.meta.url))
    const gate = runGate()
    const closed = closeAtExit(gate)
    worker.once('exit', closed)
    worker.postMessage({ ...model, gate } satisfies Start, [model.bytes.buffer])
    const thread = new ModelThread(worker, new Promise(exited => worker.once('exit', () => exited())))
    return new Promise((resolve, reject) => {
      worker.on('message', (response: Response) => {
        if (response.type === 'ready') {
          // A model that waits for work keeps no process alive.
          worker.unref()
          resolve({ thread, provider: response.provider })
        } else if (response.type === 'refused') reject(errorOf(response.failure))
        else thread.#settle(response)
      })
      const ended = (error: DeepClusteringError): void => {
        thread.#end(error)
        reject(error)
      }
      worker.on('error', cause => ended(new DeepClusteringError('ERR_NATIVE', `The thread that ran the model died: ${cause.message}`, { cause })))
      worker.on('exit', code => ended(new DeepClusteringError('ERR_NATIVE', `The thread that ran the model ended with code ${code}`)))
    })
  }

  /** Outputs of the model for one batch. The buffers of `feeds` change hands: they are empty afterwards. */
  run(feeds: Readonly<Record<string, Parcel>>, outputs: readonly string[]): Promise<Readonly<Record<string, Parcel>>> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = this.#next++
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) this.#worker.ref()
      this.#waiting.set(id, { resolve, reject })
      const request: Request = { type: 'run', id, feeds, outputs }
      this.#worker.postMessage(
        request,
        Object.values(feeds).map(({ data }) => data.buffer as ArrayBuffer)
      )
    })
  }

  /** Ends the thread after the batch that it runs; every call that waits is rejected with `error`. */
  dispose(error: DeepClusteringError): void {
    if (this.#ended) return
    this.#end(error)
    this.#worker.ref()
    this.#worker.postMessage({ type: 'dispose' } satisfies Request)
  }

  /** Resolves when the thread has ended. */
  get exited(): Promise<void> {
    return this.#exited
  }

  #settle(response: Extract<Response, { id: number }>): void {
    const waiting = this.#waiting.get(response.id)
    this.#waiting.delete(response.id)
    if (this.#waiting.size === 0 && !this.#ended) this.#worker.unref()
    if (response.type === 'result') waiting?.resolve(response.results)
    else waiting?.reject(errorOf(response.failure))
  }

  #end(error: DeepClusteringError): void {
    this.#ended ??= error
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}
