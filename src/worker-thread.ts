/** Threads of the package's own. */

import { Worker } from 'node:worker_threads'

/** Starts a module of the package as a worker. */
export function startWorker(module: URL): Worker {
  // A worker inherits Node's flags; `--input-type`, which goes with code on the command line, is refused for a file.
  const ofCommandLine = process.execArgv.some(flag => flag.startsWith('--input-type'))
  return new Worker(module, ofCommandLine ? { execArgv: [] } : {})
}
