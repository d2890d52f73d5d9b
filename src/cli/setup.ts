/** `setup`: makes sure that there is a libtorch, and with it all that training needs. */

import { setup as setUp } from '../libtorch/setup.js'
import { loadAddon } from '../native/loader.js'
import { helpOf } from '../options/describe.js'
import { optionTable } from '../options/table.js'
import { progressLine } from '../progress-line.js'
import { outputOptions, readArguments } from './arguments.js'
import type { Command } from './command.js'

const options = optionTable({
  cuda: { type: 'boolean', meaning: 'Also what CUDA needs, about 2 GB; the size is told first' },
  headers: { type: 'boolean', meaning: 'Also the headers, for a build from source without a network' },
  torch: { type: 'text', placeholder: 'VERSION', meaning: 'This version of torch; else any that is here, or the newest' },
  wheel: { type: 'texts', placeholder: 'FILE', meaning: 'Take it from this file of a wheel; given again, further ones' },
  pip: { type: 'boolean', meaning: 'Let pip download whole wheels' },
  allowUnpinned: { type: 'boolean', meaning: 'Take wheels whose digests are not the pinned ones' },
  ...outputOptions
})

export const setup: Command = {
  name: 'setup',
  summary: 'Fetch libtorch, where none is found: all that training needs without a compiler',
  help: () =>
    `deep-clustering setup [--cuda] [--wheel FILE] [--OPTION …]\n\nFinds a libtorch on this machine, or fetches one into the cache: of torch's wheel only the files that are needed, each checked. Asks the package index that pip would ask; needs no Python. What was interrupted goes on where it stopped.\n\n${helpOf(options)}\n`,
  async run(args, { stdout, stderr, signal }) {
    const { json, quiet, wheel: wheels, ...asked } = readArguments(options, args).values
    const { libtorch, fresh } = await setUp({
      ...asked,
      wheels,
      signal,
      log: line => quiet || stderr.write(`${line}\n`),
      progress: quiet ? () => undefined : progressLine('fetching', ['MB', 1e6], stderr)
    })
    const { path, version, source } = libtorch
    stderr.write(`libtorch ${version} ${fresh ? 'is now in' : `was found (${source}) in`} ${path}\n`)
    const problem = addonProblem()
    stderr.write(problem === undefined ? 'ready to train\n' : `${problem}\n`)
    if (json)
      stdout.write(
        `${JSON.stringify({ libtorch: path, torchVersion: version, cudaVersion: libtorch.cuda, fresh, ready: problem === undefined, problem: problem ?? null })}\n`
      )
    return 0
  }
}

/** Why the addon cannot be loaded, if it cannot. */
function addonProblem(): string | undefined {
  try {
    loadAddon().selfTest()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
