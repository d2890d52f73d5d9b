/** From the words of a command line to a command, and from what happened to an exit code. */

import { detailsOf, type ErrorDetails } from '../errors.js'
import { packageVersion } from '../native/build-info.js'
import { columns } from '../options/describe.js'
import { suggestion } from '../options/spelling.js'
import { build } from './build.js'
import { type Command, type CommandContext, UsageError } from './command.js'
import { demo } from './demo.js'
import { evaluate } from './evaluate.js'
import { exportCommand } from './export.js'
import { graph } from './graph.js'
import { inspect } from './inspect.js'
import { linkage } from './linkage.js'
import { plot } from './plot.js'
import { predict } from './predict.js'
import { report as reportCommand } from './report.js'
import { sample } from './sample.js'
import { schema } from './schema.js'
import { serve } from './serve.js'
import { setup } from './setup.js'
import { sweep } from './sweep-file.js'
import { train, trainCommands } from './train.js'
import { Interrupted } from './training.js'
import { traverse } from './traverse.js'

/** Every command, in the order in which help and docs list them. */
export const commands: readonly Command[] = [
  demo,
  train,
  ...trainCommands,
  predict,
  sweep,
  evaluate,
  sample,
  traverse,
  reportCommand,
  plot,
  exportCommand,
  graph,
  linkage,
  serve,
  schema,
  inspect,
  setup,
  build
]

const shown = commands.filter(command => !trainCommands.includes(command))

/** The text of `--help`. */
export function help(): string {
  const list = columns(shown.map(({ name, summary }) => [name, summary]))
  return `deep-clustering COMMAND [--OPTION …]\n\nCommands:\n${list}\n\ndeep-clustering COMMAND --help tells more about one.\n`
}

/** The command that the first words name, the longest name first, and the words after it. */
function find(args: readonly string[]): { command: Command; rest: readonly string[] } {
  for (const length of [2, 1]) {
    const name = args.slice(0, length).join(' ')
    const command = commands.find(candidate => candidate.name === name)
    if (command) return { command, rest: args.slice(length) }
  }
  throw new UsageError(
    `Unknown command \`${args[0]}\`${suggestion(
      args[0]!,
      shown.map(command => command.name)
    )}`
  )
}

/**
 * Runs a command line.
 * @returns the exit code: 0, 1 for a failure, 2 for wrong usage, 130 when the signal stopped it
 */
export async function dispatch(args: readonly string[], context: CommandContext): Promise<number> {
  try {
    if (args.length === 0) {
      context.stderr.write(help())
      return 2
    }
    if (args[0] === '--help' || args[0] === '-h' || args[0] === 'help') return print(help(), context)
    if (args[0] === '--version' || args[0] === '-v') return print(`${packageVersion()}\n`, context)
    const { command, rest } = find(args)
    if (rest.includes('--help') || rest.includes('-h')) return print(command.help(), context)
    return await command.run(rest, context)
  } catch (error) {
    return report(
      error,
      args.some(arg => /^--json(=|$)/.test(arg)),
      context
    )
  }
}

function print(text: string, context: CommandContext): number {
  context.stdout.write(text)
  return 0
}

function report(error: unknown, json: boolean, context: CommandContext): number {
  const stopped = error instanceof Interrupted || (context.signal.aborted && error === context.signal.reason)
  const usage = error instanceof UsageError
  const message = stopped && !(error instanceof Interrupted) ? 'Stopped' : error instanceof Error ? error.message : String(error)
  const code = stopped ? 'ERR_INTERRUPTED' : usage ? 'ERR_USAGE' : codeOf(error)
  const details = error instanceof Error ? detailsOf(error as ErrorDetails) : {}
  if (json) context.stdout.write(`${JSON.stringify({ error: { code, message, ...details } })}\n`)
  context.stderr.write(stopped ? `${message}\n` : `error: ${message}\n[${code}]\n`)
  if (usage) context.stderr.write('deep-clustering --help tells how it is used\n')
  return stopped ? 130 : usage ? 2 : 1
}

function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return typeof code === 'string' ? code : error instanceof TypeError || error instanceof RangeError ? (name as string) : 'ERR_UNEXPECTED'
}
