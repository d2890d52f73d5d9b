import assert from 'node:assert/strict'
import { runFit } from '../../src/estimator/native-run.js'
import { clustersOf } from '../../src/estimator/run-record.js'
import { counted } from '../../src/estimator/scores.js'
import { confusionMatrix, evaluate } from '../../src/metrics/index.js'
import type { NativeEvent, NativeModel } from '../../src/native/addon.js'

describe('what is counted of clusters', () => {
  const labels = (n: number, of: (i: number) => number): Int32Array => Int32Array.from({ length: n }, (_, i) => of(i))

  it('is what evaluate and confusionMatrix give', async () => {
    for (const scale of [1, -1, 1_000_003]) {
      const truth = labels(5000, i => scale * ((i * 7) % 40))
      const found = labels(5000, i => ((i * i) % 31) % 20)
      const { sizes, confusion, metrics } = await counted(found, 20, truth)
      assert.deepEqual(metrics, evaluate(truth, found))
      assert.deepEqual(confusion, confusionMatrix(truth, found))
      assert.deepEqual(
        sizes,
        Array.from({ length: 20 }, (_, cluster) => found.filter(label => label === cluster).length)
      )
    }
    assert.deepEqual(await counted(Int32Array.of(1, 1), 3), { sizes: [0, 2, 0] })
  })

  it('may be of some items only', async () => {
    const truth = labels(1000, i => i % 4)
    const items = labels(300, i => 3 * i)
    const found = labels(300, i => (i < 200 ? truth[items[i]!]! : 0))
    const { metrics } = await counted(found, 4, truth, items)
    assert.deepEqual(
      metrics,
      evaluate(
        items.map(item => truth[item]!),
        found
      )
    )
    assert.deepEqual([...clustersOf(Int32Array.of(0, 1, 30, 897, 999), found, items)], [truth[0], -1, truth[30], 0, -1])
  })

  it('of millions leaves the event loop its turns', async () => {
    const found = labels(4_000_000, i => i % 10)
    let turns = 0
    let on = true
    const turn = (): void => {
      turns++
      if (on) setImmediate(turn)
    }
    turn()
    const { metrics } = await counted(found, 10, found)
    on = false
    assert.equal(metrics!.acc, 1)
    assert.ok(turns > 4, `${turns} turns`)
  })
})

describe('events of a fit whose handler takes time', () => {
  const event = (message: string): NativeEvent => ({ type: 'warning', message })
  const native = (events: readonly string[], more: Partial<NativeModel> = {}): NativeModel =>
    ({
      async fit(_data: unknown, onEvent: (event: NativeEvent) => void) {
        for (const message of events) onEvent(event(message))
        return {}
      },
      cancel: () => undefined,
      ...more
    }) as unknown as NativeModel
  const context = { signal: undefined, site: {}, disposed: () => false }
  const data = { data: new Float32Array(1), shape: [1, 1] }
  const later = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 5))

  it('come in order, and all before the fit settles', async () => {
    const seen: string[] = []
    const onEvent = (one: NativeEvent): void | Promise<void> => {
      const { message } = one as { message: string }
      if (message !== 'slow') return void seen.push(message)
      return later().then(() => void seen.push(message))
    }
    await runFit(native(['a', 'slow', 'b', 'slow']), data, onEvent, context)
    assert.deepEqual(seen, ['a', 'slow', 'b', 'slow'])
    seen.length = 0
    const failing = native([], {
      async fit(_data, handle) {
        handle(event('slow'))
        throw new Error('broken')
      }
    })
    await assert.rejects(runFit(failing, data, onEvent, context), /broken/)
    assert.deepEqual(seen, ['slow'])
  })

  it('end the fit with what the handler throws', async () => {
    let cancelled = 0
    const seen: string[] = []
    const onEvent = async (one: NativeEvent): Promise<void> => {
      seen.push((one as { message: string }).message)
      await later()
      throw new Error('enough')
    }
    await assert.rejects(runFit(native(['a', 'b'], { cancel: () => void cancelled++ }), data, onEvent, context), /enough/)
    assert.deepEqual([seen, cancelled], [['a'], 1])
  })
})
