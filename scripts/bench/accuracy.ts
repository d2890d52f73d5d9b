/**
 * `npm run bench -- accuracy …`: DCN, or another method, over named seeds; prints one row per run and a table of mean and deviation.
 *
 *   --method dcn | jule
 *   --data mnist-test | PATH[,PATH…]   several files are joined, in order
 *   --labels mnist-test | PATH[,…]     for the scores only; they never reach the training
 *   --preset auto --seeds 0,1,2,3,4 --precision float32,bfloat16
 *   --set '{"pretrainEpochs": 25}'     options on top of the preset
 */
import { parseArgs } from 'node:util'
import { DCN } from '../../src/methods/dcn.js'
import { JULE } from '../../src/methods/jule.js'
import { readJoined, readJoinedLabels } from './joined.js'
import { machine } from './machine.js'
import { deviation, mean } from './statistics.js'

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    method: { type: 'string', default: 'dcn' },
    data: { type: 'string', default: 'mnist-test' },
    labels: { type: 'string', default: 'mnist-test' },
    preset: { type: 'string', default: 'auto' },
    seeds: { type: 'string', default: '0,1,2,3,4' },
    precision: { type: 'string', default: 'auto' },
    clusters: { type: 'string', default: '10' },
    set: { type: 'string', default: '{}' },
  },
})

const images = await readJoined(flags.data)
const labels = await readJoinedLabels(flags.labels)
const seeds = flags.seeds.split(',').map(Number)
const extra = JSON.parse(flags.set) as object
const methods = { dcn: DCN, jule: JULE }
const type = methods[flags.method as keyof typeof methods]
if (type === undefined) throw new Error(`--method is one of ${Object.keys(methods).join(', ')}`)

const rows: string[] = []
for (const precision of flags.precision.split(',')) {
  const scores: { acc: number; nmi: number; ari: number; seconds: number }[] = []
  let used = precision
  let chosen: string | null = flags.preset
  for (const seed of seeds) {
    const model = new type({ ...extra, clusters: Number(flags.clusters), preset: flags.preset, precision, seed } as never)
    const result = await model.fit(images, { labels })
    model.dispose()
    const { acc, nmi, ari } = result.metrics!
    used = result.precision
    chosen = result.preset
    scores.push({ acc, nmi, ari, seconds: result.seconds })
    process.stderr.write(
      `${result.preset} ${result.precision} seed ${seed}: ACC ${acc.toFixed(4)} NMI ${nmi.toFixed(4)} ARI ${ari.toFixed(4)} in ${result.seconds.toFixed(0)} s\n`,
    )
  }
  const cell = (name: 'acc' | 'nmi' | 'ari'): string =>
    `${mean(scores.map(score => score[name])).toFixed(3)} ± ${deviation(scores.map(score => score[name])).toFixed(3)}`
  rows.push(
    `| ${chosen} | ${used} | ${images.shape[0]} | ${seeds.join(', ')} | ${cell('acc')} | ${cell('nmi')} | ${cell('ari')} | ${mean(scores.map(score => score.seconds)).toFixed(0)} |`,
  )
}
console.log(`${type.method.title}. ${machine()}. Options beside the preset: ${flags.set}\n`)
console.log('| preset | precision | n | seeds | ACC | NMI | ARI | seconds |\n|---|---|---|---|---|---|---|---|')
for (const row of rows) console.log(row)
