/** `sample DIR`: new items from a generative model. */

import { type ClusterSampleOptions, clusterSampleOptions } from '../estimator/sampling.js'
import type { FloatTensor } from '../estimator/types.js'
import { canSample, loadModel } from '../methods/index.js'
import { helpOf } from '../options/describe.js'
import { runOptions } from '../options/groups.js'
import { optionTable } from '../options/table.js'
import { asUsageAsync, outputOptions, pick, readArguments } from './arguments.js'
import { type Command, UsageError } from './command.js'
import { checkOut, codesOf, codesOption, writeItems } from './generating.js'

const { json } = outputOptions
const { device } = runOptions

const commandOptions = optionTable({
  out: {
    type: 'text',
    placeholder: 'FILE.npy|FILE.csv|FILE.png|-',
    required: true,
    meaning: 'Where the samples go, in the units of the data; .png is a grid of images, - is CSV on stdout'
  },
  device,
  json
})

/** Labels come with the samples of methods with clusters. */
interface Drawn {
  readonly samples: FloatTensor
  readonly labels?: Int32Array
}

export const sample: Command = {
  name: 'sample',
  summary: 'Generate items from a trained model: InfoGAN, GAN, VaDE, VAE or a Gaussian mixture',
  help: () =>
    `deep-clustering sample DIR --out samples.npy|samples.csv|samples.png|- [--cluster C] [--count N]\n\nGenerates items from the model in DIR.\n\n${helpOf(commandOptions, 'Command')}\n\n${helpOf({ ...clusterSampleOptions, ...codesOption })}\n`,
  async run(args, context) {
    const { values, positionals } = readArguments({ ...commandOptions, ...clusterSampleOptions, ...codesOption }, args, ['DIR'])
    const { out, json: asJson } = pick(commandOptions, values)
    checkOut(out!, asJson)
    const codes = codesOf(values.codes)
    using model = await loadModel(positionals[0]!, { device: values.device })
    if (!canSample(model)) throw new UsageError(`The model in ${positionals[0]} generates nothing: take InfoGAN, GAN, VaDE, VAE or GaussianMixture`)
    const draw = { ...(pick(clusterSampleOptions, values) as ClusterSampleOptions), ...(codes && { codes }) }
    const { samples, labels } = await asUsageAsync<Drawn>(() => model.sample(draw))
    await writeItems(out!, samples, Math.ceil(Math.sqrt(samples.shape[0]!)), context)
    if (asJson) context.stdout.write(`${JSON.stringify({ shape: samples.shape, ...(labels && { labels: [...labels] }), out })}\n`)
    else if (out !== '-') context.stderr.write(`Wrote ${samples.shape[0]!.toLocaleString('en')} samples to ${out}\n`)
    return 0
  }
}
