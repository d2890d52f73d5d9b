/** The thread that reads items whose parsing would hold up the event loop of whoever asked for them. */

import { parentPort } from 'node:worker_threads'
import { openPlace } from './open-source.js'
import type { Place } from './places.js'
import { blocksAhead, failureOf, type Request, type Response } from './reader-protocol.js'
import type { Block } from './source.js'
import { sliceBytes } from './turns.js'

const port = parentPort!
const say = (response: Response, ...buffers: readonly ArrayBuffer[]): void => port.postMessage(response, buffers)

async function serve(place: Place): Promise<void> {
  const stop = new AbortController()
  const { signal } = stop
  let room = blocksAhead
  let wake = (): void => undefined
  port.on('message', (request: Request) => {
    if (request === 'stop') stop.abort()
    else room++
    wake()
  })
  try {
    const { blocks, name, type, shape, items, features } = await openPlace(place, signal)
    say({ type: 'open', head: { name, type, shape, items, features } })
    for await (const block of inPieces(blocks(signal))) {
      while (room === 0 && !signal.aborted) await new Promise<void>(resolve => (wake = resolve))
      signal.throwIfAborted()
      room--
      say({ type: 'block', block }, block.data.buffer as ArrayBuffer)
    }
    say({ type: 'end' })
  } catch (error) {
    if (!signal.aborted) say({ type: 'failed', failure: failureOf(error) })
  } finally {
    port.close()
  }
}

/** Blocks that whoever takes them has looked at within one turn of the event loop. */
async function* inPieces(blocks: AsyncIterable<Block>): AsyncGenerator<Block, void, void> {
  for await (const { data, share } of blocks) {
    const atOnce = sliceBytes / data.BYTES_PER_ELEMENT
    if (data.length <= atOnce) yield { data, ...(share !== undefined && { share }) }
    else for (let from = 0; from < data.length; from += atOnce) yield { data: data.slice(from, from + atOnce), ...(share !== undefined && { share }) }
  }
}

port.once('message', (place: Place) => void serve(place))
