/** `evaluate`: scores clusters against true labels. */

import { readLabels } from '../data/index.js'
import { evaluationSteps } from '../metrics/evaluation.js'
import { inTurns } from '../metrics/steps.js'
import { helpOf } from '../options/describe.js'
import type { FlagValues } from '../options/flags.js'
import { runOptions } from '../options/groups.js'
import { optionTable } from '../options/table.js'
import { dataOption, labelsOption, memoryOption, oneOrAll, outputOptions, readArguments, readItems } from './arguments.js'
import { type Command, type CommandContext, UsageError } from './command.js'
import { openModel } from './open-model.js'
import { resultsOf } from './results.js'

const { device } = runOptions
const { required: _, ...data } = dataOption.data

const options = optionTable({
  data,
  ...memoryOption,
  labels: { ...labelsOption.labels, required: true },
  predicted: { type: 'texts', placeholder: 'PATH', meaning: 'Clusters that were predicted before, in place of DIR and --data' },
  device,
  ...outputOptions
})

type Given = FlagValues<typeof options>

/** The clusters of items, one number each: nothing else of theirs is held. */
async function clustersOf(path: string, { data, memory, device, quiet = false }: Given, context: CommandContext): Promise<Int32Array> {
  using model = await openModel(path, device)
  if (!('predict' in model)) throw new UsageError(`The model in ${path} has no clusters to evaluate`)
  const items = await readItems(data!, memory, quiet, context)
  const clusters = new Int32Array(items.shape[0]!)
  let at = 0
  for await (const block of resultsOf(model, 'predict', items, quiet, context)) {
    clusters.set(block.data, at)
    at += block.data.length
  }
  return clusters
}

export const evaluate: Command = {
  name: 'evaluate',
  summary: 'Score clusters against true labels: ACC, NMI, ARI',
  help: () =>
    'deep-clustering evaluate DIR|FILE.onnx --data PATH --labels PATH\ndeep-clustering evaluate --predicted labels.npy --labels PATH\n\n' +
    `Scores clusters against true labels.\n\n${helpOf(options)}\n`,
  async run(args, context) {
    const { values, positionals } = readArguments(options, args, args.includes('--predicted') ? [] : ['DIR'])
    const { signal } = context
    const labels = values.labels!
    if (values.predicted !== undefined && values.data !== undefined) throw new UsageError('`--predicted` and `--data` exclude each other')
    if (values.predicted === undefined && values.data === undefined) throw new UsageError('`--data PATH` is missing')
    const clusters =
      values.predicted === undefined
        ? await clustersOf(positionals[0]!, values, context)
        : (await readLabels(oneOrAll(values.predicted), { signal })).labels
    const truth = (await readLabels(oneOrAll(labels), { signal })).labels
    const result = await inTurns(evaluationSteps(truth, clusters), signal)
    const { n, acc, nmi, nmiGeometric, ari } = result
    const text = `n             ${n}\nclusters      ${result.clusters}\nACC           ${acc.toFixed(4)}\nNMI           ${nmi.toFixed(4)}\nNMI geometric ${nmiGeometric.toFixed(4)}\nARI           ${ari.toFixed(4)}\n`
    context.stdout.write(values.json ? `${JSON.stringify(result)}\n` : text)
    return 0
  }
}
