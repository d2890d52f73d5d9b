/** `evaluate`: scores clusters against true labels. */

import { type DataInput, readLabels } from '../data/index.js'
import { evaluate as score } from '../metrics/index.js'
import { helpOf } from '../options/describe.js'
import { runOptions } from '../options/groups.js'
import { type Device, optionTable } from '../options/table.js'
import { dataOption, inputOf, labelsOption, memoryOption, oneOrAll, outputOptions, readArguments } from './arguments.js'
import { type Command, UsageError } from './command.js'
import { openModel } from './open-model.js'

const { json } = outputOptions
const { device } = runOptions
const { required: _, ...data } = dataOption.data

const options = optionTable({
  data,
  ...memoryOption,
  labels: { ...labelsOption.labels, required: true },
  predicted: { type: 'texts', placeholder: 'PATH', meaning: 'Clusters that were predicted before, in place of DIR and --data' },
  device,
  json
})

async function clustersOf(path: string, data: DataInput, device: Device | undefined, signal: AbortSignal): Promise<Int32Array> {
  using model = await openModel(path, device)
  if (!model.predict) throw new UsageError(`The model in ${path} has no clusters to evaluate`)
  return await model.predict(data, { signal })
}

export const evaluate: Command = {
  name: 'evaluate',
  summary: 'Score clusters against true labels: ACC, NMI, ARI',
  help: () =>
    'deep-clustering evaluate DIR|FILE.onnx --data PATH --labels PATH\ndeep-clustering evaluate --predicted labels.npy --labels PATH\n\n' +
    `Scores clusters against true labels.\n\n${helpOf(options)}\n`,
  async run(args, context) {
    const { values, positionals } = readArguments(options, args, args.includes('--predicted') ? [] : ['DIR'])
    const labels = values.labels!
    if (values.predicted !== undefined && values.data !== undefined) throw new UsageError('`--predicted` and `--data` exclude each other')
    if (values.predicted === undefined && values.data === undefined) throw new UsageError('`--data PATH` is missing')
    const clusters =
      values.predicted === undefined
        ? await clustersOf(positionals[0]!, await inputOf(values.data!, values.memory, context.signal), values.device, context.signal)
        : (await readLabels(oneOrAll(values.predicted))).labels
    const result = score((await readLabels(oneOrAll(labels))).labels, clusters)
    const { n, acc, nmi, nmiGeometric, ari } = result
    const text = `n             ${n}\nclusters      ${result.clusters}\nACC           ${acc.toFixed(4)}\nNMI           ${nmi.toFixed(4)}\nNMI geometric ${nmiGeometric.toFixed(4)}\nARI           ${ari.toFixed(4)}\n`
    context.stdout.write(values.json ? `${JSON.stringify(result)}\n` : text)
    return 0
  }
}
