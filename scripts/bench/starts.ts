/**
 * `npm run bench -- starts [--seeds 0,1,2] [--preset adam] [--set '{}']`: what a method that stands on an autoencoder may start
 * from. One autoencoder a seed on the 10,000 bundled digits; k-means, spectral clustering and graph degree linkage of its code.
 */
import { parseArgs } from 'node:util'
import { readData, readLabels } from '../../src/data/index.js'
import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { KMeans } from '../../src/methods/kmeans.js'
import { GraphDegreeLinkage } from '../../src/methods/linkage.js'
import { SpectralClustering } from '../../src/methods/spectral.js'
import { machine } from './machine.js'
import { deviation, mean } from './statistics.js'

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    seeds: { type: 'string', default: '0,1,2' },
    preset: { type: 'string', default: 'adam' },
    set: { type: 'string', default: '{}' },
    threads: { type: 'string', default: '0' }
  }
})
const threads = Number(flags.threads)
const images = await readData('mnist-test')
const { labels } = await readLabels('mnist-test')
const starts = {
  'k-means': (seed: number) => new KMeans({ clusters: 10, restarts: 20, seed, threads }),
  'spectral clustering': (seed: number) => new SpectralClustering({ clusters: 10, seed, threads }),
  'graph degree linkage': () => new GraphDegreeLinkage({ clusters: 10, threads }),
  'graph degree linkage, `balance: 0`': () => new GraphDegreeLinkage({ clusters: 10, balance: 0, threads })
}
const scores = new Map(Object.keys(starts).map(name => [name, [] as { acc: number; nmi: number; seconds: number }[]]))
for (const seed of flags.seeds.split(',').map(Number)) {
  using autoencoder = new AutoEncoder({ preset: flags.preset, ...(JSON.parse(flags.set) as object), seed, threads } as never)
  await autoencoder.fit(images)
  const codes = await autoencoder.transform(images)
  for (const [name, start] of Object.entries(starts)) {
    using model = start(seed)
    const { metrics, seconds } = await model.fit(codes, { labels })
    scores.get(name)!.push({ acc: metrics!.acc, nmi: metrics!.nmi, seconds })
    process.stderr.write(`seed ${seed}, ${name}: ACC ${metrics!.acc.toFixed(4)} NMI ${metrics!.nmi.toFixed(4)}\n`)
  }
}
console.log(`Clusters of the code of an autoencoder (preset ${flags.preset}), mnist-test, seeds ${flags.seeds}. ${machine()}\n`)
console.log('| clusters by | ACC | NMI | seconds |\n|---|---|---|---|')
for (const [name, list] of scores) {
  const cell = (what: 'acc' | 'nmi'): string =>
    `${mean(list.map(score => score[what])).toFixed(3)} ± ${deviation(list.map(score => score[what])).toFixed(3)}`
  console.log(`| ${name} | ${cell('acc')} | ${cell('nmi')} | ${mean(list.map(({ seconds }) => seconds)).toFixed(1)} |`)
}
