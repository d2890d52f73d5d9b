/** A worker thread that trains: to the end, posting labels, or for ever, posting that it has begun. */

import { parentPort, workerData } from 'node:worker_threads'
import { DCN } from '../../src/methods/dcn.js'
import { blobs } from '../methods/blobs.js'
import { smallModels } from './small-models.js'

const { forever } = workerData as { forever: boolean }
const { data } = blobs()
if (forever) {
  const model = new DCN({ clusters: 3, pretrainEpochs: 1_000_000, device: 'cpu', threads: 1 })
  await model.fit(data, { onProgress: event => event.type === 'epoch' && parentPort!.postMessage('training') })
} else {
  parentPort!.postMessage((await smallModels.dcn().fit(data)).labels)
}
