/** `npm run bench -- NAME …`: one benchmark by name; see docs/benchmarks.md. */
import { build } from '../../src/build/build.js'

const names = [
  'steps',
  'clustpy',
  'event-loop',
  'memory',
  'graph',
  'linkage',
  'starts',
  'onnx',
  'accuracy',
  'recording',
  'growth',
  'layouts',
  'reading',
  'serve'
]
const name = process.argv[2]
if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run bench -- ${names.join('|')} …`)
  process.exit(2)
}
await build({ bench: true })
process.argv.splice(2, 1)
await import(`./${name}.js`)
