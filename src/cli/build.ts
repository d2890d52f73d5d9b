/** `build`: makes the native addon, and what is asked for beside it. */

import { parseArgs } from 'node:util'
import { buildAddon } from '../build/build.js'
import { type Command, UsageError } from './command.js'

const options = {
  libtorch: { type: 'string', meaning: 'DIR  build with this libtorch (a folder with include/ and lib/)' },
  cuda: { type: 'boolean', meaning: 'also the CUDA plugin; fetches about 3 GB once where CUDA libraries or nvcc are missing' },
  tests: { type: 'boolean', meaning: 'also the native tests' },
  bench: { type: 'boolean', meaning: 'also the native benchmarks' },
  debug: { type: 'boolean', meaning: 'without optimisation, in build/Debug' },
  force: { type: 'boolean', meaning: 'from scratch, even where nothing changed' },
  'allow-unpinned': { type: 'boolean', meaning: 'take wheels whose digests are not the pinned ones' },
  json: { type: 'boolean', meaning: 'end with one line of JSON on stdout' }
} as const

const help = `deep-clustering build [--OPTION …]

Finds libtorch on this machine, or fetches it into a cache shared by all checkouts, and builds the native addon.
Does nothing where nothing changed since the last build.

Options:
${Object.entries(options)
  .map(([name, { meaning }]) => `  --${name.padEnd(16)}${meaning}`)
  .join('\n')}
`

export const build: Command = {
  name: 'build',
  summary: 'Build the native addon, finding or fetching libtorch',
  help: () => help,
  async run(args, { stdout, stderr }) {
    const values = parse(args)
    const { folder, info, fresh } = await buildAddon({
      libtorch: values.libtorch,
      cuda: values.cuda,
      tests: values.tests,
      bench: values.bench,
      debug: values.debug,
      force: values.force,
      allowUnpinned: values['allow-unpinned'],
      log: line => stderr.write(`${line}\n`)
    })
    if (!fresh) stderr.write(`the native addon is up to date (torch ${info.torchVersion})\n`)
    if (values.json) stdout.write(`${JSON.stringify({ folder, fresh, ...info })}\n`)
    return 0
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values
  } catch (cause) {
    throw new UsageError((cause as Error).message)
  }
}
