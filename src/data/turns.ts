/** Long work in slices, between which the event loop turns. */

import { setImmediate } from 'node:timers/promises'

/** Bytes that are looked at, converted or copied between two turns of the event loop: a millisecond or two. */
export const sliceBytes = 2 ** 21

/** Lets everything that waits for the event loop have its turn; an aborted signal ends the work. */
export async function turn(signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  await setImmediate()
  signal?.throwIfAborted()
}

/** Works on positions 0 to `length`, some at a time. */
export async function inSlices(length: number, signal: AbortSignal | undefined, work: (from: number, to: number) => void): Promise<void> {
  const atOnce = sliceBytes / 4
  for (let from = 0; from < length; from += atOnce) {
    if (from > 0) await turn(signal)
    work(from, Math.min(length, from + atOnce))
  }
}
