/** `demo`: a method on the bundled digits, from nothing to scores. */

import { readData, readLabels } from '../data/index.js'
import { DCN } from '../methods/dcn.js'
import { VaDE } from '../methods/vade.js'
import { helpOf } from '../options/describe.js'
import { runOptions } from '../options/groups.js'
import { finish } from '../options/preset-rows.js'
import { grouped, optionTable } from '../options/table.js'
import { outputOptions, pick, readArguments } from './arguments.js'
import type { Command } from './command.js'
import { fetchAtFirstUse } from './first-use.js'
import { scores, train } from './training.js'

const { seed, device } = runOptions
const modelOptions = grouped('', optionTable({ seed, device }))
const options = optionTable({
  method: { type: 'choice', choices: ['dcn', 'vade'], default: 'dcn', meaning: 'Which method' },
  out: { type: 'text', placeholder: 'DIR', default: 'deep-clustering-demo', meaning: 'Folder of the trained model' },
  ...modelOptions,
  ...outputOptions
})

const courses = {
  dcn: 'First an autoencoder learns to describe each image by 10 numbers; the graph of their nearest neighbours is cut into 10 groups; both are trained together; then a convolutional network learns these groups, and keeps what it answers alike for changed copies of an image.',
  vade: 'First an autoencoder learns to describe each image by 10 numbers that a small shift or turn does not change; a mixture of 10 Gaussians is found among them; then both are trained together.'
} as const

/** The quickest way to the first clusters, and half of what the presets take to set their mistakes right: most of those are by then. */
const quick = { preset: 'graph', selfTrainingEpochs: finish.values.selfTrainingEpochs / 2 } as const

export const demo: Command = {
  name: 'demo',
  summary: 'Cluster 10,000 handwritten digits with DCN or VaDE, in about two minutes on two cores',
  help: () =>
    `deep-clustering demo [--method dcn|vade] [--out DIR]\n\nTrains DCN, with its preset graph and self-training, or VaDE, with its preset invariant, on the bundled digits and scores the clusters.\n\n${helpOf(options)}\n`,
  async run(args, context) {
    const { values } = readArguments(options, args)
    const out = values.out ?? options.out.default
    await fetchAtFirstUse(values.quiet ?? false, context)
    const say = (text: string): void => void context.stderr.write(`${text}\n`)
    const method = values.method ?? options.method.default
    const data = await readData('mnist-test')
    const { labels } = await readLabels('mnist-test')
    if (!values.quiet) {
      say(
        `${data.shape[0]!.toLocaleString('en')} handwritten digits (the MNIST test images), which ${method === 'dcn' ? 'DCN' : 'VaDE'} is to sort into 10 groups without being told what a digit is.`
      )
      say(courses[method])
      say('The true labels are used for nothing but the scores. Ctrl-C stops and saves.\n')
    }
    const given = pick(modelOptions, values)
    using model = method === 'dcn' ? new DCN({ ...given, clusters: 10, ...quick }) : new VaDE({ ...given, clusters: 10 })
    const report = await train({ model, data, labels, record: { data: 'mnist-test' }, out, resume: false, quiet: values.quiet ?? false }, context)
    if (values.json) {
      context.stdout.write(`${JSON.stringify(report)}\n`)
      return 0
    }
    say(`\n${scores(report.metrics!)}`)
    say(`${report.seconds.toFixed(1)} s in all; the model and labels.npy are in ${out}`)
    say('\nNext:')
    say(`  npx deep-clustering predict ${out} --data mnist-test --out -`)
    if (method === 'vade') say(`  npx deep-clustering sample ${out} --cluster 0 --out samples.npy`)
    say(`  npx deep-clustering train ${method} --data YOUR_IMAGES --clusters 10 --out my-model`)
    return 0
  }
}
