/** What tools that watch a process are told. */

import assert from 'node:assert/strict'
import { tracingChannel } from 'node:diagnostics_channel'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadModel } from '../../src/methods/index.js'
import { KMeans } from '../../src/methods/kmeans.js'

describe('tracing channels', () => {
  const seen: unknown[][] = []
  const listeners = (['fit', 'infer', 'load'] as const).map(name => {
    const tell = (when: string) => (message: unknown) => {
      const { method, operation, error } = message as { method?: string; operation?: string; error?: Error }
      seen.push([name, when, method, operation, error?.name].filter(part => part !== undefined))
    }
    const subscribers = { start: tell('start'), end: () => {}, asyncStart: () => {}, asyncEnd: tell('end'), error: tell('error') }
    return { channel: tracingChannel(`deep-clustering:${name}`), subscribers }
  })
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-tracing-'))
    for (const { channel, subscribers } of listeners) channel.subscribe(subscribers)
  })
  after(() => {
    for (const { channel, subscribers } of listeners) channel.unsubscribe(subscribers)
    return rm(folder, { recursive: true, force: true })
  })

  it('tell of fit, predict and loading, and of their failures', async () => {
    const rows = [
      [0, 0],
      [0, 1],
      [9, 9]
    ]
    const model = new KMeans({ clusters: 2, device: 'cpu' })
    await model.fit(rows)
    await model.save(folder)
    await model.predict(rows)
    await assert.rejects(model.predict([[1]]), RangeError)
    await loadModel(folder)
    await KMeans.load(folder)
    await assert.rejects(KMeans.load(join(folder, 'no')))
    assert.deepEqual(
      seen.map(parts => parts.join(' ')),
      [
        ...['fit start kmeans', 'fit end kmeans'],
        ...['infer start kmeans predict', 'infer end kmeans predict', 'infer start kmeans predict', 'infer error kmeans predict RangeError'],
        ...['infer end kmeans predict RangeError', 'load start', 'load end', 'load start kmeans', 'load end kmeans', 'load start kmeans'],
        ...['load error kmeans DeepClusteringError', 'load end kmeans DeepClusteringError']
      ]
    )
  })
})
