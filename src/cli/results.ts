/** What a model says of the items of a command, block by block. */

import type { Items, ResultBlock } from '../data/index.js'
import { type CommandContext, UsageError } from './command.js'
import type { AppliedModel, AppliedOperation } from './open-model.js'
import { progressOn } from './progress.js'

/** Results in the order of the items, with progress while they come. @throws UsageError for a model that has no such results */
export async function* resultsOf(
  model: AppliedModel,
  operation: AppliedOperation,
  items: Items,
  quiet: boolean,
  { stderr, signal }: CommandContext
): AsyncGenerator<ResultBlock, void, void> {
  if (!(operation in model)) throw new UsageError(missing[operation])
  const progress = progressOn(stderr, quiet)
  const n = items.shape[0]!
  let done = 0
  try {
    for await (const block of model.stream(operation, items, { signal })) {
      yield block
      done += block.shape[0]!
      progress.work('applying', done, n)
    }
  } finally {
    progress.close()
  }
}

const noClusters = 'This model has an embedding but no clusters: use --embedding'
const missing: Readonly<Record<AppliedOperation, string>> = {
  predict: noClusters,
  predictProba: noClusters,
  transform: 'This model has clusters but no embedding: leave out --embedding'
}
