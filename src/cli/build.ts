/** `build`: makes the native addon, and what is asked for beside it. */

import { build as buildAddon } from '../build/index.js'
import { helpOf } from '../options/describe.js'
import { optionTable } from '../options/table.js'
import { outputOptions, readArguments } from './arguments.js'
import type { Command } from './command.js'

const { json } = outputOptions
const options = optionTable({
  libtorch: { type: 'text', placeholder: 'DIR', meaning: 'Build with this libtorch (a folder with include/ and lib/)' },
  cuda: { type: 'boolean', meaning: 'Also the CUDA plugin; fetches about 3 GB once where CUDA libraries or nvcc are missing' },
  tests: { type: 'boolean', meaning: 'Also the native tests' },
  bench: { type: 'boolean', meaning: 'Also the native benchmarks' },
  debug: { type: 'boolean', meaning: 'Without optimisation, in build/Debug' },
  force: { type: 'boolean', meaning: 'From scratch, even where nothing changed' },
  allowUnpinned: { type: 'boolean', meaning: 'Take wheels whose digests are not the pinned ones' },
  json
})

export const build: Command = {
  name: 'build',
  summary: 'Build the native addon, finding or fetching libtorch',
  help: () =>
    `deep-clustering build [--OPTION …]\n\nFinds libtorch on this machine, or fetches it into a cache shared by all checkouts, and builds the native addon. Does nothing where nothing changed since the last build.\n\n${helpOf(options)}\n`,
  async run(args, { stdout, stderr, signal }) {
    const { json, ...asked } = readArguments(options, args).values
    const { folder, info, fresh } = await buildAddon({ ...asked, log: line => stderr.write(`${line}\n`), signal })
    if (!fresh) stderr.write(`the native addon is up to date (torch ${info.torchVersion})\n`)
    if (json) stdout.write(`${JSON.stringify({ folder, fresh, ...info })}\n`)
    return 0
  }
}
