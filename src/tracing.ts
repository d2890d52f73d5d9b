/** What tools that watch a process (OpenTelemetry, APM agents) see of it: tracing channels of `node:diagnostics_channel`. */

import { tracingChannel } from 'node:diagnostics_channel'

const channels = {
  fit: tracingChannel('deep-clustering:fit'),
  infer: tracingChannel('deep-clustering:infer'),
  load: tracingChannel('deep-clustering:load')
}

/** Does some work on the channel of that name; who listens gets `context`, at the end with `result` or `error`. */
export function traced<Result>(name: keyof typeof channels, context: object, work: () => Promise<Result>): Promise<Result> {
  const channel = channels[name]
  return channel.hasSubscribers ? channel.tracePromise(work, context) : work()
}
