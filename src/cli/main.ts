#!/usr/bin/env node
/** The `deep-clustering` command. */

import { dispatch } from './dispatch.js'

const stop = new AbortController()

process.on('SIGINT', () => {
  // The first asks the command to stop and save; whoever presses again wants out.
  if (stop.signal.aborted) process.exit(130)
  process.stderr.write('\nStopping … (Ctrl-C again to leave at once)\n')
  stop.abort()
})
process.on('SIGTERM', () => stop.abort())
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `… | head` closes the pipe: nobody reads on.
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await dispatch(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, signal: stop.signal })
