/**
 * `npm run bench -- linkage [--data PATH[,PATH…]] [--labels PATH[,PATH…]] [--clusters K]`: graph degree linkage of the items
 * themselves, without any learning: scores, times of the graph and of the linkage, and peak memory above the data. Without
 * labels, `--random N,D` takes N normal points of D dimensions. Linux only: reads VmHWM.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { GraphDegreeLinkage } from '../../src/methods/linkage.js'
import { evaluate } from '../../src/metrics/index.js'
import { readJoined, readJoinedLabels } from './joined.js'
import { machine } from './machine.js'
import { randomPoints } from './random-points.js'

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    data: { type: 'string', default: 'mnist-test' },
    labels: { type: 'string', default: 'mnist-test' },
    clusters: { type: 'string', default: '10' },
    threads: { type: 'string', default: '0' },
    random: { type: 'string' },
    set: {
      type: 'string',
      default:
        '[{}, {"capNorms": true}, {"capNorms": true, "update": "fast"}, {"capNorms": true, "nearClusters": 1}, {"capNorms": true, "balance": 0}]'
    }
  }
})

const status = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024

const [n, d] = (flags.random ?? '').split(',').map(Number)
const items = flags.random === undefined ? await readJoined(flags.data) : randomPoints(n!, d!)
const labels = flags.random === undefined ? await readJoinedLabels(flags.labels) : undefined
// Libtorch and its product kernels are there before anything is measured.
await new GraphDegreeLinkage({ clusters: 2 }).fit({ data: new Uint8Array(64 * 64).map((_, i) => (i * 37) % 251), shape: [64, 64] })
const before = status('VmRSS')
const rows: string[] = []
for (const set of JSON.parse(flags.set) as object[]) {
  using model = new GraphDegreeLinkage({ ...set, clusters: Number(flags.clusters), threads: Number(flags.threads) })
  const { phases, tree, labels: found } = await model.fit(items)
  const seconds = (phase: string): string => phases.find(({ name }) => name === phase)!.seconds.toFixed(2)
  const scores = labels && evaluate(labels, found)
  rows.push(
    `| ${JSON.stringify(set)} | ${scores ? `${scores.acc.toFixed(4)} | ${scores.nmi.toFixed(4)}` : '| '} | ${seconds('graph')} | ${seconds('linkage')} | ${tree.firstClusters} | ${(status('VmHWM') - before).toFixed(0)} |`
  )
}
console.log(
  `Graph degree linkage, ${items.shape.join(' x ')}, ${flags.clusters} clusters. ${machine()}. The data take ${(items.data.byteLength / 2 ** 20).toFixed(0)} MiB.\n`
)
console.log('| options | ACC | NMI | graph, s | linkage, s | first clusters | peak MiB above the data, so far |\n|---|---|---|---|---|---|---|')
for (const row of rows) console.log(row)
