/** `demo`: DCN on the bundled digits, from nothing to scores. */

import { readData, readLabels } from '../data/index.js'
import { DCN } from '../methods/dcn.js'
import { helpOf } from '../options/describe.js'
import { runOptions } from '../options/groups.js'
import { grouped, optionTable } from '../options/table.js'
import { outputOptions, pick, readArguments } from './arguments.js'
import type { Command } from './command.js'
import { scores, train } from './training.js'

const { seed, device } = runOptions
const modelOptions = grouped('', optionTable({ seed, device }))
const options = optionTable({
  out: { type: 'text', placeholder: 'DIR', default: 'deep-clustering-demo', meaning: 'Folder of the trained model' },
  ...modelOptions,
  ...outputOptions
})

export const demo: Command = {
  name: 'demo',
  summary: 'Cluster 10,000 handwritten digits with DCN, in a minute or two on two cores',
  help: () => `deep-clustering demo [--out DIR]\n\nTrains DCN on the bundled digits with its preset graph and scores the clusters.\n\n${helpOf(options)}\n`,
  async run(args, context) {
    const { values } = readArguments(options, args)
    const out = values.out ?? options.out.default
    const say = (text: string): void => void context.stderr.write(`${text}\n`)
    const data = await readData('mnist-test')
    const { labels } = await readLabels('mnist-test')
    if (!values.quiet) {
      say(`${data.shape[0]!.toLocaleString('en')} handwritten digits (the MNIST test images), which DCN is to sort into 10 groups without being told what a digit is.`)
      say('First an autoencoder learns to describe each image by 10 numbers; the graph of their nearest neighbours is cut into 10 groups; then both are trained together.')
      say('The true labels are used at the very end only, to score the groups. Ctrl-C stops and saves.\n')
    }
    const given = pick(modelOptions, values)
    // The default for images, augmented, is better still, and takes twice as long.
    using model = new DCN({ ...given, clusters: 10, preset: 'graph' })
    const report = await train({ model, data, labels, out, resume: false, quiet: values.quiet ?? false }, context)
    if (values.json) {
      context.stdout.write(`${JSON.stringify(report)}\n`)
      return 0
    }
    say(`\n${scores(report.metrics!)}`)
    say(`${report.seconds.toFixed(1)} s in all; the model and labels.npy are in ${out}`)
    say('\nNext:')
    say(`  npx deep-clustering predict ${out} --data mnist-test --out -`)
    say('  npx deep-clustering train dcn --data YOUR_IMAGES --clusters 10 --out my-model')
    return 0
  }
}
