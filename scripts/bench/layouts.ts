/** `npm run bench -- layouts [ROUNDS]`: the layout in which each convolution of GAN and InfoGAN is fastest on the CPU, or whether products with patches are. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { machine } from './machine.js'

console.log(`Convolutions forward and backward, batch 128. ${machine()}\n`)
const { status } = spawnSync(fileURLToPath(new URL('../../../build/Release/bench_layouts', import.meta.url)), process.argv.slice(2), {
  stdio: 'inherit'
})
process.exit(status ?? 1)
