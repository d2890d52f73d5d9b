/**
 * `npm run bench -- serve [SECONDS]`: requests for one digit each to a served DCN encoder, by autocannon on the loopback (64 connections), with batching and without:
 * requests per second, the 99th percentile of their time, and how long the server's event loop is held up.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { readData } from '../../src/data/index.js'
import { DCN } from '../../src/methods/dcn.js'
import { type Batching, OnnxModel } from '../../src/onnx/index.js'
import { serve } from '../../src/serve/index.js'
import { machine } from './machine.js'

const seconds = Number(process.argv[2] ?? 10)
const connections = 64
const resolution = 5 // ms
const folder = mkdtempSync(join(tmpdir(), 'deep-clustering-bench-'))
const path = join(folder, 'digits.onnx')
const digits = await readData('mnist-test')
{
  using trained = new DCN({ clusters: 10, preset: 'plain', pretrainEpochs: 1, epochs: 1, kmeansRestarts: 1 })
  await trained.fit(digits)
  await trained.exportOnnx(path)
}

interface Load {
  readonly requests: { readonly average: number }
  readonly latency: { readonly p50: number; readonly p99: number }
  readonly non2xx: number
  readonly errors: number
}

/** In a thread of its own: who asks must not hold up who answers. */
const cannon = `
const { parentPort, workerData } = require('node:worker_threads')
require('autocannon')(workerData).then(result => parentPort.postMessage(JSON.parse(JSON.stringify(result))))
`

function load(url: string, duration: number): Promise<Load> {
  const header = Buffer.from(
    JSON.stringify({
      inputs: [{ name: 'items', shape: [1, 28, 28], datatype: 'UINT8', parameters: { binary_data_size: 784 } }],
      outputs: [{ name: 'label' }, { name: 'probabilities' }]
    })
  )
  const body = Buffer.concat([header, (digits.data as Uint8Array).subarray(0, 784)])
  const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(header.length) }
  const workerData = { url: `${url}/v2/models/digits/infer`, method: 'POST', connections, duration, headers, body }
  return new Promise((resolve, reject) => {
    const worker = new Worker(cannon, { eval: true, workerData })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

console.log(`One digit a request, ${connections} connections, ${seconds} s each. ${machine()}\n`)
console.log('| batching | requests/s | median, ms | 99th percentile, ms | event loop delay, longest, ms | failed |\n|---|---|---|---|---|---|')
for (const [name, batching] of [
  ['none', false],
  ['`maxDelay: 1`', { maxDelay: 1 }],
  ['`maxDelay: 0`', { maxDelay: 0 }]
] as const satisfies readonly (readonly [string, Batching | boolean])[]) {
  const model = await OnnxModel.load(path, { batching, threads: 1 })
  const server = await serve({ digits: model }, { port: 0 })
  await load(server.url, 1)
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  const { requests, latency, non2xx, errors } = await load(server.url, seconds)
  delay.disable()
  await server.close()
  model.dispose()
  const held = Math.max(0, delay.max / 1e6 - resolution).toFixed(1)
  console.log(`| ${name} | ${requests.average.toFixed(0)} | ${latency.p50} | ${latency.p99} | ${held} | ${non2xx + errors} |`)
}
rmSync(folder, { recursive: true })
