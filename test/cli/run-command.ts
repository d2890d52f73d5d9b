/** Runs a command line in this process, with its streams caught. */

import { Writable } from 'node:stream'
import type { CommandContext } from '../../src/cli/command.js'
import { dispatch } from '../../src/cli/dispatch.js'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A stream that keeps what is written to it. */
export function caught(): { stream: CommandContext['stderr']; text(): string } {
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    }
  })
  return { stream, text: () => chunks.join('') }
}

export async function runCommand(args: readonly string[], signal: AbortSignal = new AbortController().signal): Promise<Ran> {
  const [stdout, stderr] = [caught(), caught()]
  const code = await dispatch(args, { stdout: stdout.stream, stderr: stderr.stream, signal })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

/** The one JSON object that ends stdout. */
export function jsonOf(ran: Ran): Record<string, unknown> {
  const lines = ran.stdout.trimEnd().split('\n')
  if (lines.length !== 1) throw new Error(`stdout has ${lines.length} lines, not one:\n${ran.stdout}`)
  return JSON.parse(lines[0]!) as Record<string, unknown>
}
