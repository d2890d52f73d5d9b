/** Runs the programs that a build takes long with. */

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface RunOptions {
  readonly cwd?: string
  /** Ends the program and whatever it started. */
  readonly signal?: AbortSignal | undefined
  /** Told each line of its output. */
  readonly onLine: (line: string) => void
}

/**
 * Runs a program to its end, and resolves with its exit code.
 * @throws `signal.reason` when aborted, once the program has ended and nothing that it started holds its output any more; the system's error if it cannot be started
 */
export async function runProgram(command: string, args: readonly string[], { cwd, signal, onLine }: RunOptions): Promise<number | null> {
  signal?.throwIfAborted()
  // Where somebody holds a signal, in a process group of its own, which can be ended as a whole; else in the terminal's, which Ctrl-C ends.
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: signal !== undefined })
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    } catch {
      // it has ended already
    }
  }
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine)
  signal?.addEventListener('abort', end, { once: true })
  if (signal) process.on('exit', end)
  try {
    const code = await new Promise<number | null>((done, failed) => {
      child.on('error', failed)
      child.on('close', done)
    })
    signal?.throwIfAborted()
    return code
  } finally {
    signal?.removeEventListener('abort', end)
    process.off('exit', end)
  }
}
