/** Items that a thread of their own reads, as the thread that asks for them sees it. */

import { startWorker } from '../worker-thread.js'
import type { Place } from './places.js'
import { errorOf, type Request, type Response } from './reader-protocol.js'
import type { Block, Source } from './source.js'

/** The items of a place, to be read once. @throws what `openPlace` does; `signal.reason` */
export async function openInThread(place: Place, signal?: AbortSignal): Promise<Source> {
  signal?.throwIfAborted()
  const worker = startWorker(new URL('./reader-worker.js', import.meta.url))
  const waiting: Response[] = []
  let wake = (): void => undefined
  let ended: Error | undefined
  const end = (error: Error): void => {
    ended ??= error
    wake()
  }
  const stop = (): void => end(signal!.reason)
  worker.on('message', (response: Response) => {
    waiting.push(response)
    wake()
  })
  worker.on('error', end)
  worker.on('exit', code => end(new Error(`The thread that read ${nameOf(place)} ended with code ${code}`)))
  signal?.addEventListener('abort', stop)
  const close = (): void => {
    signal?.removeEventListener('abort', stop)
    // It ends by itself, so that native code in it can: a query would go on after the thread was taken away.
    worker.postMessage('stop' satisfies Request)
    worker.unref()
  }
  const next = async (): Promise<Response> => {
    for (;;) {
      signal?.throwIfAborted()
      const response = waiting.shift()
      if (response?.type === 'failed') throw errorOf(response.failure)
      if (response) return response
      if (ended) throw ended
      await new Promise<void>(resolve => (wake = resolve))
    }
  }
  async function* blocks(): AsyncGenerator<Block, void, void> {
    try {
      for (let response = await next(); response.type === 'block'; response = await next()) {
        yield response.block
        worker.postMessage('taken' satisfies Request)
      }
    } finally {
      close()
    }
  }
  worker.postMessage(place)
  try {
    const first = await next()
    return { ...(first as Extract<Response, { type: 'open' }>).head, blocks, close }
  } catch (error) {
    close()
    throw error
  }
}

const nameOf = (place: Place): string => ('query' in place ? place.query : (place[0]?.path ?? 'nothing'))
