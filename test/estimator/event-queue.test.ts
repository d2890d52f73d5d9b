import assert from 'node:assert/strict'
import { EventQueue } from '../../src/estimator/event-queue.js'
import type { FitEvent, FitResult } from '../../src/estimator/types.js'

const position = (epoch: number) => ({ phase: 'joint', epoch, epochs: 1000, samplesPerSecond: 1, secondsLeft: null })
const epochEvent = (epoch: number, n?: number): FitEvent => ({
  type: 'epoch',
  ...position(epoch),
  ...{ seconds: 1, samples: 1, values: { loss: epoch } },
  ...(n !== undefined && { assignments: new Int32Array(n).fill(epoch) })
})
const stepEvent = (step: number): FitEvent => ({ type: 'step', ...position(1), step, steps: 4 })

async function pulled(queue: EventQueue<FitResult>): Promise<FitEvent[]> {
  const events: FitEvent[] = []
  for await (const event of queue) events.push(event)
  return events
}

describe('EventQueue', () => {
  it('holds the assignments of one epoch, however many nobody pulled; the epochs keep everything else', async () => {
    const queue = new EventQueue<FitResult>()
    const [epochs, n] = [1000, 50]
    const given = Array.from({ length: epochs }, (_, i) => epochEvent(i + 1, n))
    for (const event of given) queue.push(event)
    queue.end()
    const events = await pulled(queue)
    const labels = events.reduce((sum, event) => sum + (event.type === 'epoch' ? (event.assignments?.length ?? 0) : 0), 0)
    assert.equal(labels, n)
    assert.deepEqual(events.at(-1), epochEvent(epochs, n))
    assert.deepEqual(
      events.slice(0, -1),
      Array.from({ length: epochs - 1 }, (_, i) => epochEvent(i + 1))
    )
    // Handlers of `onProgress` hold the same events: theirs stay whole.
    assert.deepEqual(given[0], epochEvent(1, n))
  })

  it('leaves the assignments to who pulls in time, also past epochs and other events that have none', async () => {
    const queue = new EventQueue<FitResult>()
    const events = queue[Symbol.asyncIterator]()
    queue.push(epochEvent(1, 3))
    assert.deepEqual((await events.next()).value, epochEvent(1, 3))
    queue.push(epochEvent(2, 3))
    queue.push(stepEvent(1))
    queue.push(epochEvent(3))
    assert.deepEqual((await events.next()).value, epochEvent(2, 3))
    queue.push(epochEvent(4, 3))
    queue.end()
    const rest = [await events.next(), await events.next(), await events.next(), await events.next()]
    assert.deepEqual(
      rest.map(({ value }) => value),
      [stepEvent(1), epochEvent(3), epochEvent(4, 3), undefined]
    )
  })

  it('keeps the newest of steps that follow one another', async () => {
    const queue = new EventQueue<FitResult>()
    for (let step = 1; step <= 4; step++) queue.push(stepEvent(step))
    queue.push(epochEvent(1))
    queue.end()
    assert.deepEqual(await pulled(queue), [stepEvent(4), epochEvent(1)])
  })
})
