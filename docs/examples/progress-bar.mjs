/** A progress bar of one's own: `node progress-bar.mjs items.npy 10`. The events of a fit are pulled one by one; to leave the loop stops the fit. */

import { DCN } from 'deep-clustering'

const [data, clusters] = process.argv.slice(2)
const model = new DCN({ clusters: Number(clusters), seed: 0 })
const width = 30

for await (const event of model.fitSteps(data)) {
  switch (event.type) {
    case 'start':
      console.log(`${event.n} items on ${event.device}, preset ${event.preset}`)
      break
    case 'step': {
      // A phase is `epochs` times `steps`; secondsLeft is for the phase, and null while nothing is known of its pace.
      const done = (event.epoch - 1 + event.step / event.steps) / event.epochs
      const bar = '█'.repeat(Math.round(done * width)).padEnd(width, '░')
      process.stdout.write(`\r${event.phase.padEnd(12)} ${bar} ${event.secondsLeft === null ? '' : `${Math.ceil(event.secondsLeft)} s left `}`)
      break
    }
    case 'phase-end':
      process.stdout.write(`\r${event.phase.padEnd(12)} ${'█'.repeat(width)} ${event.seconds.toFixed(1)} s      \n`)
      break
    case 'warning':
      console.warn(event.message)
      break
    case 'end':
      console.log(`clusters of ${event.result.sizes.join(', ')} items`)
  }
}
model.dispose()
