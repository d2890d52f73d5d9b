/** What a command that trains does where libtorch alone is missing. */

import { isDeepClusteringError } from '../errors.js'
import { setup } from '../libtorch/setup.js'
import { prebuiltAddonWaits } from '../native/loader.js'
import { addonSource } from '../native/runtime.js'
import { progressLine } from '../progress-line.js'
import type { CommandContext } from './command.js'

/** Fetches libtorch if the prebuilt addon has none to be loaded with; every other problem is told where the addon is needed. */
export async function fetchAtFirstUse(quiet: boolean, { stderr, signal }: CommandContext): Promise<void> {
  try {
    addonSource().addon()
  } catch (error) {
    if (!isDeepClusteringError(error) || error.code !== 'ERR_LIBTORCH_NOT_FOUND' || !prebuiltAddonWaits()) return
    const say = (line: string): void => void stderr.write(`${line}\n`)
    say('libtorch, which does the training, is not on this machine yet: it is fetched once')
    await setup({ log: say, progress: quiet ? () => undefined : progressLine('fetching', ['MB', 1e6], stderr), signal })
  }
}
