/**
 * Training in the jobs of a queue, in the shape of BullMQ's `Queue` and `Worker`: `node worker-queue.mjs items.npy 5 10 15`. Each job is a model with its own number of clusters. A fit runs
 * on a native thread, so one Node process serves the queue and stays free; `concurrency` models share the cores (`threads`), a job can be stopped, and one that
 * is tried again goes on where its checkpoint stands.
 */

import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { KMeans, loadModel, VaDE } from 'deep-clustering'

const concurrency = 2
const threads = Math.max(1, Math.floor(availableParallelism() / concurrency))

/** What a BullMQ worker calls for each job: `new Worker('clustering', train, { concurrency })`. */
async function train(job, signal) {
  const { data, clusters, folder } = job.data
  const resumed = existsSync(join(folder, 'config.json'))
  const model = resumed
    ? await loadModel(folder, { threads })
    : new VaDE({ clusters, threads, seed: 0, preset: 'graph', pretrainEpochs: 20 })
  try {
    const result = await model.fit(data, {
      signal,
      resume: resumed,
      checkpoint: { path: folder, seconds: 30 },
      onProgress: event => {
        if (event.type === 'epoch') job.updateProgress({ phase: event.phase, epoch: event.epoch, epochs: event.epochs })
      }
    })
    return { clusters, folder, sizes: result.sizes, seconds: result.seconds }
  } finally {
    model.dispose()
  }
}

/** A queue in memory, where BullMQ has Redis. */
async function work(jobs, processor) {
  const results = []
  const stop = new AbortController()
  process.once('SIGTERM', () => stop.abort(new Error('the worker is shutting down')))
  const waiting = [...jobs]
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let job = waiting.shift(); job; job = waiting.shift()) results.push(await processor(job, stop.signal))
    })
  )
  return results
}

const [data, ...numbers] = process.argv.slice(2)
const folder = await mkdtemp(join(tmpdir(), 'clustering-jobs-'))
// A quick look first: does the file hold what is to be clustered?
const look = new KMeans({ clusters: 2, restarts: 1 })
console.log(`inertia with two centres: ${(await look.fit(data)).inertia.toFixed(0)}`)
look.dispose()

const jobs = numbers.map(number => ({
  data: { data, clusters: Number(number), folder: join(folder, `clusters-${number}`) },
  updateProgress: progress => console.log(`${number} clusters: ${progress.phase} ${progress.epoch}/${progress.epochs}`)
}))
for (const { clusters, sizes, seconds } of await work(jobs, train))
  console.log(`done: ${clusters} clusters of ${Math.min(...sizes)} to ${Math.max(...sizes)} items in ${seconds.toFixed(1)} s`)
