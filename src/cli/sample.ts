/** `sample DIR`: new items from a generative model. */

import { writeCsv, writeNpy } from '../data/index.js'
import { loadModel } from '../methods/index.js'
import { clusterSampleOptions, type ClusterSampleOptions } from '../methods/sampling.js'
import type { FloatTensor } from '../methods/types.js'
import { helpOf } from '../options/describe.js'
import { runOptions } from '../options/groups.js'
import { optionTable } from '../options/table.js'
import { asUsageAsync, outputOptions, pick, readArguments } from './arguments.js'
import { UsageError, type Command } from './command.js'

const { json } = outputOptions
const { device } = runOptions

const commandOptions = optionTable({
  out: { type: 'text', placeholder: 'FILE.npy|FILE.csv|-', required: true, meaning: 'Where the samples go, in the units of the data; - is CSV on stdout' },
  device,
  json
})

interface Generative {
  sample(options: ClusterSampleOptions): Promise<{ readonly samples: FloatTensor; readonly labels?: Int32Array }>
}

export const sample: Command = {
  name: 'sample',
  summary: 'Generate items from a trained model: VaDE, VAE or a Gaussian mixture',
  help: () => `deep-clustering sample DIR --out samples.npy|samples.csv|- [--cluster C] [--count N]\n\nGenerates items from the model in DIR.\n\n${helpOf(commandOptions, 'Command')}\n\n${helpOf(clusterSampleOptions)}\n`,
  async run(args, context) {
    const { values, positionals } = readArguments({ ...commandOptions, ...clusterSampleOptions }, args, ['DIR'])
    const { out, json: asJson } = pick(commandOptions, values)
    if (out === '-' && asJson) throw new UsageError('`--json` and `--out -` both write to stdout: choose one')
    if (out !== '-' && !/\.(npy|csv)$/.test(out!)) throw new UsageError('`--out` must end in .npy or .csv, or be -')
    using model = await loadModel(positionals[0]!, { device: values.device })
    if (!('sample' in model)) throw new UsageError(`The model in ${positionals[0]} generates nothing: take VaDE, VAE or GaussianMixture`)
    const draw = pick(clusterSampleOptions, values) as ClusterSampleOptions
    const { samples, labels } = await asUsageAsync(() => (model as unknown as Generative).sample(draw))
    if (out === '-') await writeCsv(context.stdout, samples)
    else await (out!.endsWith('.npy') ? writeNpy : writeCsv)(out!, samples)
    if (asJson) context.stdout.write(`${JSON.stringify({ shape: samples.shape, ...(labels && { labels: [...labels] }), out })}\n`)
    else if (out !== '-') context.stderr.write(`Wrote ${samples.shape[0]!.toLocaleString('en')} samples to ${out}\n`)
    return 0
  }
}
