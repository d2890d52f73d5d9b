/** Writes a model's folder while it trains. */

/** How often a checkpoint is written if the caller does not say. */
export const checkpointSeconds = 30

export interface CheckpointEvents {
  written(path: string): void
  failed(message: string): void
}

export class Checkpoint {
  readonly path: string
  readonly #interval: number
  readonly #write: (path: string) => Promise<boolean>
  readonly #events: CheckpointEvents
  #last = performance.now()
  #writing: Promise<void> | undefined

  /**
   * @param seconds least time between two writes
   * @param write writes the last complete state, and says whether there was one
   */
  constructor(path: string, seconds: number, write: (path: string) => Promise<boolean>, events: CheckpointEvents) {
    this.path = path
    this.#interval = seconds * 1000
    this.#write = write
    this.#events = events
  }

  /** Called after each epoch; writes if it is time and no write is under way. */
  epochEnded(): void {
    if (this.#writing || performance.now() - this.#last < this.#interval) return
    this.#last = performance.now()
    this.#writing = this.#attempt().finally(() => (this.#writing = undefined))
  }

  /** The last write, after a fit that succeeded. @throws what the write threw */
  async finish(): Promise<void> {
    await this.#writing
    if (await this.#write(this.path)) this.#events.written(this.path)
  }

  /** The last write, after a fit that was stopped or failed: that error must not be hidden by one from here. */
  async salvage(): Promise<void> {
    await this.#writing
    await this.#attempt()
  }

  async #attempt(): Promise<void> {
    try {
      if (await this.#write(this.path)) this.#events.written(this.path)
    } catch (error) {
      this.#events.failed(`The checkpoint ${this.path} could not be written: ${(error as Error).message}`)
    }
  }
}
