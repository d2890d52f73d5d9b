/** `report`: a page about a run, or about several. */

import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { helpOf } from '../options/describe.js'
import { optionTable } from '../options/table.js'
import { outputOptions, readArguments } from './arguments.js'
import { type Command, UsageError } from './command.js'

const { json } = outputOptions
const options = optionTable({
  out: { type: 'text', placeholder: 'FILE.html', default: 'report.html', meaning: 'The page' },
  title: { type: 'text', placeholder: 'TEXT', meaning: 'Its heading; by default the method and the name of the folder' },
  maps: { type: 'integer', min: 0, default: 2, unit: 'maps', meaning: 'UMAP maps of the latent space, at most; each takes some two seconds' },
  tensorboard: {
    type: 'text',
    placeholder: 'DIR',
    meaning: 'Also write event files and the projector for TensorBoard; of several runs a folder each'
  },
  watch: { type: 'boolean', meaning: 'Serve the page on the loopback until Ctrl-C, and let it follow the run while that goes on' },
  port: { type: 'integer', min: 0, max: 65535, default: 0, meaning: 'With --watch: the port on 127.0.0.1; 0 takes a free one' },
  json
})

export const report: Command = {
  name: 'report',
  summary: 'Write a page of pictures about a trained run, or compare several',
  help: () =>
    `deep-clustering report DIR [DIR …] --out report.html\ndeep-clustering report DIR --watch\n\nWrites one self-contained page about the run in DIR: its curves, its latent space, its clusters and what stands out. Several runs, or a folder of runs as a sweep leaves it, are compared. Needs neither the addon nor the data.\n\n${helpOf(options)}\n`,
  async run(args, context) {
    const { values, positionals } = readArguments(options, args, ['DIR', '…'])
    const { out = options.out.default, title, maps = options.maps.default } = values
    if (values.watch) {
      if (positionals.length > 1) throw new UsageError('`--watch` is for one run')
      const { watchReport } = await import('../report/index.js')
      const watch = await watchReport(positionals[0]!, { title, port: values.port, maps: values.maps })
      context.stderr.write(`The report of ${positionals[0]} is at ${watch.url} until Ctrl-C\n`)
      if (!context.signal.aborted) await once(context.signal, 'abort')
      await watch.close()
      return 0
    }
    if (!/\.html?$/i.test(out)) throw new UsageError('`--out` must end in .html')
    const started = performance.now()
    // The libraries that draw are loaded by the commands that draw.
    const { renderReport, writeTensorBoard } = await import('../report/index.js')
    const page = await renderReport(positionals, { title, maps })
    await writeFile(out, page)
    if (values.tensorboard !== undefined) {
      for (const folder of positionals)
        await writeTensorBoard(folder, positionals.length > 1 ? join(values.tensorboard, basename(resolve(folder))) : values.tensorboard)
    }
    const seconds = (performance.now() - started) / 1000
    if (values.json) context.stdout.write(`${JSON.stringify({ runs: positionals, bytes: Buffer.byteLength(page), seconds, out })}\n`)
    else context.stderr.write(`Wrote ${out} (${(Buffer.byteLength(page) / 1e6).toFixed(1)} MB) in ${seconds.toFixed(1)} s; open it in a browser\n`)
    return 0
  }
}
