/** What every command of the command line is; one file per command exports one of these. */

/** Where a command writes and how it is told to stop. */
export interface CommandContext {
  /** Data only: with `--json` exactly one line holding one JSON object. */
  readonly stdout: NodeJS.WritableStream
  /** Progress, warnings, everything for people. */
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal
}

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** The whole `--help` text. */
  help(): string
  /** Resolves with the exit code: 0, or 1 for a failure that was already reported. Throws for the rest. */
  run(args: readonly string[], context: CommandContext): Promise<number>
}

/** Wrong usage of the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError' as const
}
