/** A process that leaves while it trains: by `exit`, by an uncaught error, or after dropping the model. */

import { DCN } from '../../src/methods/dcn.js'
import { blobs } from '../methods/blobs.js'

const how = process.argv[2]
const model = new DCN({ clusters: 3, pretrainEpochs: 1_000_000, device: 'cpu', threads: 1 })
const fit = model.fit(blobs().data, {
  onProgress: event => {
    if (event.type !== 'epoch') return
    if (how === 'exit') process.exit(7)
    if (how === 'dispose') model.dispose()
    if (how === 'throw')
      setImmediate(() => {
        throw new Error('uncaught')
      })
  }
})
if (how === 'dispose') await fit.catch((error: { code: string }) => process.stdout.write(error.code))
