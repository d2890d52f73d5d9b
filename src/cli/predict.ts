/** `predict`: applies a trained model to new items. */

import { type ResultBlock, writeCsv, writeNpy } from '../data/index.js'
import { helpOf } from '../options/describe.js'
import { runOptions } from '../options/groups.js'
import { optionTable } from '../options/table.js'
import { dataOption, memoryOption, outputOptions, readArguments, readItems } from './arguments.js'
import { type Command, UsageError } from './command.js'
import { openModel } from './open-model.js'
import { resultsOf } from './results.js'

const { device } = runOptions

const options = optionTable({
  ...dataOption,
  ...memoryOption,
  out: { type: 'text', placeholder: 'FILE.npy|FILE.csv|-', required: true, meaning: 'Where the result goes; - is CSV on stdout' },
  proba: { type: 'boolean', meaning: 'The probability of each cluster in place of the label' },
  embedding: { type: 'boolean', meaning: 'The embedding in place of the label (for kmeans the distance to each centre)' },
  device,
  ...outputOptions
})

/** The blocks, with their shape together in `shape`. */
async function* counting(blocks: AsyncIterable<ResultBlock>, shape: number[]): AsyncGenerator<ResultBlock, void, void> {
  for await (const block of blocks) {
    const [rows, ...sides] = block.shape
    shape.splice(0, shape.length, shape[0]! + rows!, ...sides)
    yield block
  }
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
    // A line that moves has no place between lines of data.
    const quiet = values.quiet === true || out === '-'
    const items = await readItems(values.data!, values.memory, quiet, context)
    const shape: number[] = [0]
    const blocks = counting(resultsOf(model, proba ? 'predictProba' : embedding ? 'transform' : 'predict', items, quiet, context), shape)
    if (out === '-') await writeCsv(context.stdout, blocks)
    else await (out.endsWith('.npy') ? writeNpy : writeCsv)(out, blocks)
    const seconds = (performance.now() - started) / 1000
    if (values.json) context.stdout.write(`${JSON.stringify({ n: shape[0], shape, seconds, out })}\n`)
    else if (out !== '-') context.stderr.write(`Wrote ${shape[0]!.toLocaleString('en')} rows to ${out}\n`)
    return 0
  }
}
