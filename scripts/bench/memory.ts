/**
 * `npm run bench -- memory [DATA]`: peak resident memory of a DCN run above that of libtorch itself (the addon loaded
 * and one batch trained), beside the size of the data. Linux only: reads VmHWM.
 */
import { readFileSync } from 'node:fs'
import { readData } from '../../src/data/index.js'
import { DCN } from '../../src/methods/dcn.js'
import { machine } from './machine.js'

const MiB = 2 ** 20
const status = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024

// A network of one unit: libtorch, its thread pool and its product kernels are there, a model hardly.
const tiny = new DCN({ clusters: 2, preset: 'plain', widths: [1], latent: 1, pretrainEpochs: 1, epochs: 1, kmeansRestarts: 1 })
await tiny.fit({ data: new Uint8Array(512 * 784).map((_, i) => i % 251), shape: [512, 784] })
tiny.dispose()
const before = status('VmRSS')

const images = await readData(process.argv[2] ?? 'mnist-test')
const bytes = images.data.byteLength / MiB
const model = new DCN({ clusters: 10, preset: 'augmented', pretrainEpochs: 2, epochs: 2 })
await model.fit(images)
const above = status('VmHWM') - before
const bar = 2 * bytes + 200
console.log(`Memory of a DCN run, 784-500-500-2000-10. ${machine()}\n`)
console.log('| what | MiB |\n|---|---|')
console.log(`| data | ${bytes.toFixed(1)} |`)
console.log(`| Node, libtorch and a model of one unit | ${before.toFixed(0)} |`)
console.log(`| peak above that, data included | ${above.toFixed(0)} |`)
console.log(`| bar: twice the data plus 200 | ${bar.toFixed(0)} |`)
