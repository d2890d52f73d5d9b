/**
 * `npm run bench -- event-loop`: how long the event loop is held up by a running fit with progress and checkpoints, and
 * how long an abort takes. Delays are perf_hooks' own, with the resolution subtracted.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DCN } from '../../src/methods/dcn.js'
import { machine } from './machine.js'
import { median } from './statistics.js'

const resolution = 5 // ms
const folder = await mkdtemp(join(tmpdir(), 'deep-clustering-bench-'))
const model = new DCN({ clusters: 10, preset: 'augmented', pretrainEpochs: 5, epochs: 2 })
// The first job also loads the addon and libtorch: done before the measurement.
await new DCN({ clusters: 10, preset: 'plain', pretrainEpochs: 1, epochs: 1 }).fit('mnist-test')
const delay = monitorEventLoopDelay({ resolution })
let events = 0
delay.enable()
await model.fit('mnist-test', { checkpoint: { path: folder, seconds: 1 }, onProgress: () => ++events })
delay.disable()
await rm(folder, { recursive: true })

const aborts: number[] = []
const batches: number[] = []
for (let i = 0; i < 7; ++i) {
  const stop = new AbortController()
  const aborted = new DCN({ clusters: 10, preset: 'augmented', seed: i })
  let asked = 0
  let rate = 0
  await aborted
    .fit('mnist-test', {
      signal: stop.signal,
      onProgress: event => {
        if (event.type !== 'step' || event.samplesPerSecond === 0) return
        rate = event.samplesPerSecond
        if (asked === 0 && event.step > 10) {
          asked = performance.now()
          stop.abort()
        }
      }
    })
    .catch(() => aborts.push(performance.now() - asked))
  batches.push((256 / rate) * 1000)
  aborted.dispose()
}

console.log(`Event loop while DCN trains on 10,000 digits. ${machine()}\n`)
console.log('| what | ms |\n|---|---|')
console.log(`| event loop delay, 99th percentile | ${Math.max(0, delay.percentile(99) / 1e6 - resolution).toFixed(1)} |`)
console.log(`| event loop delay, longest (bar: 20) | ${Math.max(0, delay.max / 1e6 - resolution).toFixed(1)} |`)
console.log(`| abort to settled promise, median of ${aborts.length} | ${median(aborts).toFixed(1)} |`)
console.log(`| abort to settled promise, longest | ${Math.max(...aborts).toFixed(1)} |`)
console.log(`| one batch of 256 | ${median(batches).toFixed(1)} |`)
console.log(`\n${events} progress events.`)
