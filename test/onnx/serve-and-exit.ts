/** Ends a process in one of several ways while a model from an .onnx file is there; prints the number of its labels. */

import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { OnnxModel } from '../../src/onnx/index.js'
import { smallItems, smallModel } from './small-onnx.js'

const how = isMainThread ? process.argv[2] : (workerData as string)
if (how === 'worker') {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: 'serve', stdout: true })
  const [text] = (await once(worker.stdout, 'data')) as [Buffer]
  process.stdout.write(text)
  await worker.terminate()
} else {
  const model = await OnnxModel.load(smallModel(), { threads: 1, batchSize: 1 })
  process.stdout.write(String((await model.predict(smallItems(20))).length))
  if (how === 'dispose') model.dispose()
  if (how === 'exit' || how === 'serve') void model.predict(smallItems(100_000))
  if (how === 'exit') setTimeout(() => process.exit(7), 20)
}
