/** Makes sure that there is a libtorch to run with. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DeepClusteringError } from '../errors.js'
import { progressLine } from '../progress-line.js'
import { eachCandidate, judge, type LibtorchVerdict } from './discover.js'
import { fetchLibtorch } from './fetch.js'
import { torchVersion } from './pins.js'

/** Options of {@link setup}. */
export interface SetupOptions {
  /** Also what CUDA needs. */
  readonly cuda?: boolean | undefined
  /** Also the headers, to build from source without a network. */
  readonly headers?: boolean | undefined
  /** This version of torch, for example `2.13.0`; without it any that is here, else the newest. */
  readonly torch?: string | undefined
  /** Files of wheels that were brought here otherwise: then no network is asked for what they hold. */
  readonly wheels?: readonly string[] | undefined
  /** Lets pip download whole wheels. */
  readonly pip?: boolean | undefined
  /** Takes wheels of the pinned versions with other digests, as a mirror or a CPU-only index may serve. */
  readonly allowUnpinned?: boolean | undefined
  /** Told what is done, a line at a time; without it stderr is. */
  readonly log?: ((line: string) => void) | undefined
  /** Told how many bytes of those that must come have come; without it stderr is. */
  readonly progress?: ((done: number, total: number) => void) | undefined
  /** Ends a fetch; the next one goes on from there. */
  readonly signal?: AbortSignal | undefined
}

/** A libtorch that is there. */
export interface Setup {
  readonly libtorch: LibtorchVerdict
  /** Whether it had to be fetched. */
  readonly fresh: boolean
}

/** Whether a libtorch has its CUDA part. */
export const hasCuda = ({ path }: { readonly path: string }): boolean => existsSync(join(path, 'lib', 'libtorch_cuda.so'))

/**
 * Finds a libtorch that can be loaded, or fetches one into the cache: of torch's wheel only the files that are needed, each checked.
 * @throws DeepClusteringError ERR_LIBTORCH_NOT_FOUND if the one that `LIBTORCH` names is not usable, or none can be fetched; `signal.reason` when aborted
 *
 * @example
 * const { libtorch } = await setup({ log: line => console.error(line) })
 */
export async function setup(options: SetupOptions = {}): Promise<Setup> {
  const {
    cuda = false,
    headers = false,
    torch,
    log = line => process.stderr.write(`${line}\n`),
    progress = progressLine('fetching', ['MB', 1e6])
  } = options
  const purpose = headers ? 'build' : 'run'
  const fits = (verdict: LibtorchVerdict): boolean =>
    verdict.usable && (!cuda || hasCuda(verdict)) && (torch === undefined || verdict.version === torch)
  const named = process.env['LIBTORCH']
  // Who names wheels wants what is in them.
  if (named || !options.wheels?.length) {
    for (const candidate of eachCandidate()) {
      const verdict = judge(candidate, purpose)
      if (fits(verdict)) return { libtorch: verdict, fresh: false }
      if (!named) continue
      const why = !verdict.usable
        ? verdict.verdict
        : torch !== undefined && verdict.version !== torch
          ? `it is ${verdict.version}`
          : 'it has no CUDA part (lib/libtorch_cuda.so)'
      throw new DeepClusteringError('ERR_LIBTORCH_NOT_FOUND', `LIBTORCH names ${verdict.path}, which cannot be used: ${why}`)
    }
  }
  const path = await fetchLibtorch({ ...options, version: torch ?? torchVersion, cuda, headers, log, progress })
  const libtorch = judge({ source: 'cache', path }, purpose)
  if (fits(libtorch)) return { libtorch, fresh: true }
  throw new DeepClusteringError('ERR_LIBTORCH_NOT_FOUND', `The libtorch that was fetched cannot be used: ${libtorch.verdict}`)
}
