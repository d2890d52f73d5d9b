/** One job in native code, with its signal, its events and its errors. */

import type { FileTensor, Frames, NativeEvent, NativeModel, Tensor, Tensors } from '../native/addon.js'
import { type CallSite, fromNative, isAbort } from '../native/failure.js'

export interface JobContext {
  readonly signal: AbortSignal | undefined
  readonly site: CallSite
  /** Whether the model was disposed while the job ran. */
  disposed(): boolean
}

/**
 * Trains, handing each event to `onEvent`: those that come while it is not done with one wait for it. Settles only after the native code stopped
 * and the last event was handed out; rejects with `signal.reason` if the signal stopped it, with what `onEvent` threw if that did.
 */
export async function runFit(
  native: NativeModel,
  data: Tensor | FileTensor,
  onEvent: (event: NativeEvent) => void | Promise<void>,
  context: JobContext,
  frames?: Frames
): Promise<Tensors> {
  let thrown: { readonly error: unknown } | undefined
  // An exception must not unwind into the addon's callback.
  const failed = (error: unknown): void => {
    if (thrown) return
    thrown = { error }
    native.cancel()
  }
  const handle = (event: NativeEvent): void | Promise<void> => {
    if (thrown) return
    try {
      return onEvent(event)?.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
  let before: Promise<void> | undefined
  const inOrder = (event: NativeEvent): void => {
    const work = before ? before.then(() => handle(event)) : handle(event)
    if (!work) return
    const last = work.then(() => {
      if (before === last) before = undefined
    })
    before = last
  }
  try {
    const tensors = await stoppable(native, () => native.fit(data, inOrder, frames), context).finally(() => before)
    if (!thrown) return tensors
  } catch (error) {
    if (!thrown) throw error
  }
  throw thrown.error
}

/** Runs an operation on new items; rejects as {@link runFit} does. */
export function runInfer(native: NativeModel, operation: string, data: Tensor | FileTensor, context: JobContext): Promise<Tensors> {
  return stoppable(native, () => native.infer(operation, data), context)
}

async function stoppable(native: NativeModel, start: () => Promise<Tensors>, { signal, site, disposed }: JobContext): Promise<Tensors> {
  const cancel = (): void => native.cancel()
  try {
    const job = start()
    // A handler of the first event may have aborted already.
    if (signal?.aborted) cancel()
    else signal?.addEventListener('abort', cancel, { once: true })
    return await job
  } catch (failure) {
    if (signal?.aborted && isAbort(failure)) throw signal.reason
    throw fromNative(failure, site, disposed())
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}
