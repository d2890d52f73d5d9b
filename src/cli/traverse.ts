/** `traverse DIR`: what one code of a generator changes, as a grid. */

import { type TraverseOptions, traverseOptions } from '../estimator/codes.js'
import { loadModel } from '../methods/index.js'
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
    placeholder: 'FILE.png|FILE.npy|FILE.csv|-',
    required: true,
    meaning: 'Where the grid goes, row by row, in the units of the data; .png is an image, - is CSV on stdout'
  },
  device,
  json
})

export const traverse: Command = {
  name: 'traverse',
  summary: 'Show what a code of a trained InfoGAN or GAN changes, as a grid of items',
  help: () =>
    `deep-clustering traverse DIR --out grid.png [--code c2] [--from X] [--to X] [--steps N]\n\nGenerates a grid from the model in DIR: along a row one code takes its values, everything else stays.\n\n${helpOf(commandOptions, 'Command')}\n\n${helpOf({ ...traverseOptions, ...codesOption })}\n`,
  async run(args, context) {
    const { values, positionals } = readArguments({ ...commandOptions, ...traverseOptions, ...codesOption }, args, ['DIR'])
    const { out, json: asJson } = pick(commandOptions, values)
    checkOut(out!, asJson)
    const codes = codesOf(values.codes)
    using model = await loadModel(positionals[0]!, { device: values.device })
    if (!('traverse' in model)) throw new UsageError(`The model in ${positionals[0]} has no codes: take InfoGAN or GAN`)
    const walk = { ...(pick(traverseOptions, values) as TraverseOptions), ...(codes && { codes }) }
    const { items, values: taken } = await asUsageAsync(() => model.traverse(walk))
    const [rows, columns, ...sides] = items.shape as [number, number, ...number[]]
    await writeItems(out!, { data: items.data, shape: [rows * columns, ...sides] }, columns, context)
    if (asJson)
      context.stdout.write(`${JSON.stringify({ code: walk.code ?? traverseOptions.code.default, values: taken, shape: items.shape, out })}\n`)
    else if (out !== '-') context.stderr.write(`Wrote ${rows} rows of ${columns} items to ${out}\n`)
    return 0
  }
}
