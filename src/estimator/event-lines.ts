/** The events of a fit as lines of JSON, for programs in any language. */

import type { FitEvent } from './types.js'

/** Of the lines' form; it changes when a program that read the lines before would read them wrongly. */
export const eventLinesVersion = 1

/** Milliseconds between the steps that are told, which come as fast as they are taken. */
const betweenSteps = 500

/**
 * Writes events as JSON Lines: first `{"type":"stream","version":1}`, then one line an event as `onProgress` gets it, but without what has one entry
 * an item (`assignments`, `items`, the tensors of the result) and without the result's `history`, which the epochs have told; of steps at most two a second.
 *
 * @example
 * const lines = new EventLines(line => socket.write(line))
 * await model.fit(images, { onProgress: event => lines.take(event) })
 */
export class EventLines {
  readonly #write: (line: string) => void
  #lastStep = Number.NEGATIVE_INFINITY

  /** @param write takes a line, with the line feed that ends it */
  constructor(write: (line: string) => void) {
    this.#write = write
    this.#line({ type: 'stream', version: eventLinesVersion })
  }

  take(event: FitEvent): void {
    if (event.type === 'step') {
      const now = performance.now()
      if (now - this.#lastStep < betweenSteps) return
      this.#lastStep = now
    }
    if (event.type === 'end') {
      const { history: _, ...result } = event.result
      this.#line({ type: 'end', result })
    } else if (event.type === 'epoch') {
      const { assignments: _, items: __, ...told } = event
      this.#line(told)
    } else this.#line(event)
  }

  #line(value: object): void {
    this.#write(`${JSON.stringify(value, (_, part: unknown) => (ArrayBuffer.isView(part) ? undefined : part))}\n`)
  }
}
