/** Long work that can be left between its steps: done at once, or in turns with everything else that waits for the event loop. */

import { setImmediate } from 'node:timers/promises'

/** Work that stops after some milliseconds at most, wherever it yields. */
export type Steps<Result> = Generator<void, Result, void>

/** Items that are counted in one step. */
export const itemsInStep = 2 ** 15

/** How long work goes on before the event loop turns. */
const turnMilliseconds = 5

/** The result, at once. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** The result, with turns of the event loop between the steps; an aborted signal ends the work. */
export async function inTurns<Result>(steps: Steps<Result>, signal?: AbortSignal): Promise<Result> {
  let began = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (performance.now() - began < turnMilliseconds) continue
    await setImmediate()
    signal?.throwIfAborted()
    began = performance.now()
  }
}
