/** A queue between a producer that does not wait and one consumer that pulls. */

import type { FitEvent, FitResult } from './types.js'

/**
 * Events of a fit, pulled. What was not pulled in time is bounded: a step event is replaced by the next one, and of the epoch events
 * only the newest with assignments keeps them. So what waits is n labels, and a few numbers an epoch, as in the history.
 */
export class EventQueue<Result extends FitResult> implements AsyncIterable<FitEvent<Result>> {
  readonly #events: FitEvent<Result>[] = []
  #ending: { error?: unknown; failed: boolean } | undefined
  #wake: (() => void) | undefined

  push(event: FitEvent<Result>): void {
    if ((event.type === 'step' || event.type === 'reading') && this.#events.at(-1)?.type === event.type) this.#events.pop()
    if (event.type === 'epoch' && event.assignments) this.#stripAssignments()
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

  /** Handlers of `onProgress` hold the same events: they are copied, not changed. */
  #stripAssignments(): void {
    const place = this.#events.findLastIndex(event => event.type === 'epoch' && event.assignments)
    const event = this.#events[place]
    if (event?.type !== 'epoch') return
    const { assignments: _, ...rest } = event
    this.#events[place] = rest
  }
}
