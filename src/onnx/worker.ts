/** The thread that runs one model: onnxruntime's calls are synchronous, and would hold up the event loop of whoever made them. */

import { parentPort } from 'node:worker_threads'
import { isDeepClusteringError } from '../errors.js'
import { enter, leave, type RunGate } from './run-gate.js'
import { feedsOf, loadRuntime, type Runtime, type Session, startSession } from './runtime.js'
import type { Failure, Parcel, Request, Response, Start } from './worker-protocol.js'

const port = parentPort!

function say(response: Response, ...parcels: readonly Parcel[]): void {
  port.postMessage(
    response,
    parcels.map(({ data }) => data.buffer as ArrayBuffer)
  )
}

function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  return { code: isDeepClusteringError(error) ? error.code : 'ERR_NATIVE', message }
}

async function answer(runtime: Runtime, session: Session, gate: RunGate, request: Request): Promise<void> {
  if (request.type === 'dispose') {
    port.close()
    await session.release()
    return
  }
  const { id, feeds, outputs } = request
  if (!enter(gate)) return
  try {
    const tensors = await session.run(feedsOf(runtime, feeds), outputs)
    // Copies: the arrays that onnxruntime gives may belong to memory that cannot change hands.
    const parcels = outputs.map(name => {
      const { type, data, dims } = tensors[name]!
      return [name, { type: type as Parcel['type'], data: data.slice(), shape: dims }] as const
    })
    say({ type: 'result', id, results: Object.fromEntries(parcels) }, ...parcels.map(([, parcel]) => parcel))
  } catch (error) {
    say({ type: 'failed', id, failure: failureOf(error) })
  } finally {
    leave(gate)
  }
}

async function serve(start: Start): Promise<void> {
  try {
    const runtime = await loadRuntime()
    const { session, provider } = await startSession(runtime, start)
    let before = Promise.resolve()
    port.on('message', (request: Request) => {
      before = before.then(() => answer(runtime, session, start.gate, request))
    })
    say({ type: 'ready', provider })
  } catch (error) {
    say({ type: 'refused', failure: failureOf(error) })
    port.close()
  }
}

// The model comes as a message, not as `workerData`, which would keep its bytes as long as the thread lives.
port.once('message', (start: Start) => void serve(start))
