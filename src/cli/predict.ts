/** `predict`: applies a trained model to new items. */

import { writeCsv, writeNpy } from '../data/index.js'
import type { DataInput, FloatTensor } from '../estimator/types.js'
import { helpOf } from '../options/describe.js'
import { runOptions } from '../options/groups.js'
import { optionTable } from '../options/table.js'
import { dataOption, inputOf, memoryOption, outputOptions, readArguments } from './arguments.js'
import { type Command, UsageError } from './command.js'
import { type AppliedModel, type Call, openModel } from './open-model.js'

const { json } = outputOptions
const { device } = runOptions

const options = optionTable({
  ...dataOption,
  ...memoryOption,
  out: { type: 'text', placeholder: 'FILE.npy|FILE.csv|-', required: true, meaning: 'Where the result goes; - is CSV on stdout' },
  proba: { type: 'boolean', meaning: 'The probability of each cluster in place of the label' },
  embedding: { type: 'boolean', meaning: 'The embedding in place of the label (for kmeans the distance to each centre)' },
  device,
  json
})

type Operation = 'predict' | 'predictProba' | 'transform'
type Result = FloatTensor | { readonly data: Int32Array; readonly shape: readonly number[] }

async function apply(model: AppliedModel, operation: Operation, data: DataInput, signal: AbortSignal): Promise<Result> {
  const call: Call<Int32Array | FloatTensor> | undefined = model[operation]
  if (!call) throw new UsageError('This model has an embedding but no clusters: use --embedding')
  const result = await call.call(model, data, { signal })
  return result instanceof Int32Array ? { data: result, shape: [result.length] } : result
}

export const predict: Command = {
  name: 'predict',
  summary: 'Assign items to the clusters of a trained model',
  help: () =>
    `deep-clustering predict DIR|FILE.onnx --data PATH --out labels.npy|labels.csv|-\n\nApplies a saved model, or an exported one, to items. An .onnx file needs onnxruntime-node, and no addon.\n\n${helpOf(options)}\n`,
  async run(args, context) {
    const { values, positionals } = readArguments(options, args, ['DIR'])
    const { proba, embedding } = values
    const out = values.out!
    if (proba && embedding) throw new UsageError('`--proba` and `--embedding` exclude each other')
    if (out === '-' && values.json) throw new UsageError('`--json` and `--out -` both write to stdout: choose one')
    if (out !== '-' && !/\.(npy|csv)$/.test(out)) throw new UsageError('`--out` must end in .npy or .csv, or be -')
    const started = performance.now()
    using model = await openModel(positionals[0]!, values.device)
    const data = await inputOf(values.data!, values.memory, context.signal)
    const result = await apply(model, proba ? 'predictProba' : embedding ? 'transform' : 'predict', data, context.signal)
    if (out === '-') await writeCsv(context.stdout, result)
    else await (out.endsWith('.npy') ? writeNpy : writeCsv)(out, result)
    const seconds = (performance.now() - started) / 1000
    if (values.json) context.stdout.write(`${JSON.stringify({ n: result.shape[0], shape: result.shape, seconds, out })}\n`)
    else if (out !== '-') context.stderr.write(`Wrote ${result.shape[0]!.toLocaleString('en')} rows to ${out}\n`)
    return 0
  }
}
