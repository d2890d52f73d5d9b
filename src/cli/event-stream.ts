/** Where `train` writes the events of its fit: on stdout (`--json=events`), and into a file (`--log FILE`). */

import { closeSync, openSync, writeSync } from 'node:fs'
import { EventLines } from '../estimator/event-lines.js'
import type { FitEvent } from '../estimator/types.js'
import { writeError } from '../file-errors.js'

export interface EventStream extends Disposable {
  take(event: FitEvent): void
}

/**
 * @param stdout gets the lines, if it is given
 * @param log a file that they are added to, line by line
 * @throws DeepClusteringError ERR_FILE_WRITE if that cannot be written
 */
export function eventStream(stdout: NodeJS.WritableStream | undefined, log: string | undefined): EventStream {
  const writing = <T>(write: () => T): T => {
    try {
      return write()
    } catch (error) {
      throw writeError(log!, error)
    }
  }
  const file = log === undefined ? undefined : writing(() => openSync(log, 'a'))
  const streams = [
    ...(stdout ? [new EventLines(line => void stdout.write(line))] : []),
    ...(file === undefined ? [] : [new EventLines(line => void writing(() => writeSync(file, line)))])
  ]
  return {
    take: event => {
      for (const stream of streams) stream.take(event)
    },
    [Symbol.dispose]: () => {
      if (file !== undefined) closeSync(file)
    }
  }
}
