/**
 * `npm run bench -- accuracy …`: a clustering method over named seeds; prints one row per run and a table of mean and deviation.
 *
 *   --method dcn | vade | jule | …
 *   --data mnist-test | PATH[,PATH…]   several files are joined, in order
 *   --labels mnist-test | PATH[,…]     for the scores only; they never reach the training
 *   --preset augmented (by default what `auto` takes) --seeds 0,1,2,3,4 --precision float32,bfloat16
 *   --threads 1                        0 takes all cores
 *   --set '{"pretrainEpochs": 25}'     options on top of the preset
 */
import { parseArgs } from 'node:util'
import type { ClusterEstimator } from '../../src/estimator/cluster-estimator.js'
import type { EstimatorClass } from '../../src/estimator/estimator.js'
import type { ClusteringResult } from '../../src/estimator/types.js'
import { estimators } from '../../src/methods/index.js'
import { readJoined, readJoinedLabels } from './joined.js'
import { machine } from './machine.js'
import { deviation, mean } from './statistics.js'

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    method: { type: 'string', default: 'dcn' },
    data: { type: 'string', default: 'mnist-test' },
    labels: { type: 'string', default: 'mnist-test' },
    preset: { type: 'string' },
    seeds: { type: 'string', default: '0,1,2,3,4' },
    precision: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '0' },
    clusters: { type: 'string', default: '10' },
    set: { type: 'string', default: '{}' }
  }
})

const images = await readJoined(flags.data)
const labels = await readJoinedLabels(flags.labels)
const seeds = flags.seeds.split(',').map(Number)
const extra = JSON.parse(flags.set) as object
const type = estimators.find(({ method }) => method.name === flags.method && 'clusters' in method.options) as
  | EstimatorClass<ClusterEstimator<ClusteringResult>>
  | undefined
if (!type) throw new Error(`No clustering method is called ${flags.method}`)
let preset = flags.preset ?? 'none'

const rows: string[] = []
for (const precision of flags.precision.split(',')) {
  const scores: { acc: number; nmi: number; ari: number; seconds: number }[] = []
  let used = precision
  for (const seed of seeds) {
    const run = {
      clusters: Number(flags.clusters),
      threads: Number(flags.threads),
      seed,
      ...('precision' in type.method.run && { precision }),
      ...(flags.preset && { preset: flags.preset })
    }
    const model = new type({ ...extra, ...run })
    const result = await model.fit(images, { labels })
    model.dispose()
    const { acc, nmi, ari } = result.metrics!
    used = result.precision
    preset = result.preset ?? 'none'
    // What a run can be judged by without labels, where its method has that.
    const criteria = Object.entries(result.history.findLast(({ phase }) => phase === 'read-out')?.values ?? {})
    scores.push({ acc, nmi, ari, seconds: result.seconds })
    process.stderr.write(
      `${result.preset} ${result.precision} seed ${seed}: ACC ${acc.toFixed(4)} NMI ${nmi.toFixed(4)} ARI ${ari.toFixed(4)} in ${result.seconds.toFixed(0)} s${criteria.map(([name, value]) => `, ${name} ${value.toFixed(4)}`).join('')}\n`
    )
  }
  const cell = (name: 'acc' | 'nmi' | 'ari'): string =>
    `${mean(scores.map(score => score[name])).toFixed(3)} ± ${deviation(scores.map(score => score[name])).toFixed(3)}`
  rows.push(
    `| ${preset} | ${used} | ${images.shape[0]} | ${seeds.join(', ')} | ${cell('acc')} | ${cell('nmi')} | ${cell('ari')} | ${mean(scores.map(score => score.seconds)).toFixed(0)} |`
  )
}
console.log(`${type.method.title}. ${machine()}. Threads: ${flags.threads}. Options beside the preset: ${flags.set}\n`)
console.log('| preset | precision | n | seeds | ACC | NMI | ARI | seconds |\n|---|---|---|---|---|---|---|---|')
for (const row of rows) console.log(row)
