/** `plot`: one picture of a run as a file. */

import { writeFile } from 'node:fs/promises'
import { helpOf } from '../options/describe.js'
import { optionTable } from '../options/table.js'
import { plotOptions } from '../report/options.js'
import { asUsageAsync, outputOptions, pick, readArguments } from './arguments.js'
import { type Command, UsageError } from './command.js'

const { json } = outputOptions
const commandOptions = optionTable({
  out: { type: 'text', placeholder: 'FILE.svg|FILE.png', required: true, meaning: 'The file; PNG of a drawing needs sharp (npm install sharp)' },
  json
})

export const plot: Command = {
  name: 'plot',
  summary: 'Write one picture of a trained run as SVG or PNG',
  help: () =>
    `deep-clustering plot PICTURE DIR --out FILE.svg|FILE.png\n\nWrites one picture of the run in DIR: latent, clusters, prototypes, generated, confusion, sizes, profile, tree, periods, phases, acc, or a number of its history such as reconstruction. Needs neither the addon nor the data.\n\n${helpOf(commandOptions, 'Command')}\n\n${helpOf(plotOptions)}\n`,
  async run(args, context) {
    const { values, positionals } = readArguments({ ...commandOptions, ...plotOptions }, args, ['PICTURE', 'DIR'])
    const out = values.out!
    const format = /\.(svg|png)$/i.exec(out)?.[1]?.toLowerCase() as 'svg' | 'png' | undefined
    if (!format) throw new UsageError('`--out` must end in .svg or .png')
    const [picture, folder] = positionals as [string, string]
    const { renderPlot } = await import('../report/index.js')
    const file = await asUsageAsync(() => renderPlot(folder, picture, { format, ...pick(plotOptions, values) }))
    await writeFile(out, file)
    if (values.json) context.stdout.write(`${JSON.stringify({ picture, bytes: file.length, out })}\n`)
    else context.stderr.write(`Wrote ${out}\n`)
    return 0
  }
}
