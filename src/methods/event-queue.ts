/** A queue between a producer that does not wait and one consumer that pulls. */

import type { FitEvent, FitResult } from './types.js'

/** Events of a fit, pulled. A step event that was not pulled in time is replaced by the next one, so memory stays bounded. */
export class EventQueue<Result extends FitResult> implements AsyncIterable<FitEvent<Result>> {
  readonly #events: FitEvent<Result>[] = []
  #ending: { error?: unknown; failed: boolean } | undefined
  #wake: (() => void) | undefined

  push(event: FitEvent<Result>): void {
    if (event.type === 'step' && this.#events.at(-1)?.type === 'step') this.#events.pop()
    this.#events.push(event)
    this.#wake?.()
  }

  /** No more events: the consumer finishes once it has pulled the rest. */
  end(): void {
    this.#ending = { failed: false }
    this.#wake?.()
  }

  /** As {@link end}, and then the consumer throws `error`. */
  fail(error: unknown): void {
    this.#ending = { error, failed: true }
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FitEvent<Result>, void, void> {
    for (;;) {
      const event = this.#events.shift()
      if (event) yield event
      else if (this.#ending?.failed) throw this.#ending.error
      else if (this.#ending) return
      else await new Promise<void>(wake => (this.#wake = wake))
    }
  }
}
