/** What `train` and `demo` do with an estimator: fit it, keep its folder, and tell what came out. */

import { join } from 'node:path'
import { type DataInput, writeNpy } from '../data/index.js'
import type { Estimator } from '../estimator/estimator.js'
import type { ClusteringResult, FitEvent, FitOptions, FitResult, PhaseTiming, RestartRecord } from '../estimator/types.js'
import type { EvaluationResult } from '../metrics/index.js'
import type { CommandContext } from './command.js'
import { progressOn } from './progress.js'

/** Least time between two checkpoints of a run that is watched. */
const watchedSeconds = 1

/** Stopped by the user; what there was is saved. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted' as const
  readonly code = 'ERR_INTERRUPTED'
}

export interface Training {
  readonly model: Estimator<FitResult>
  readonly data: DataInput
  /** Most bytes of the items in memory. */
  readonly memory?: number | undefined
  /** For metrics only. */
  readonly labels?: Int32Array | undefined
  readonly record: FitOptions['record']
  /** Folder of the model; it is also written while training. */
  readonly out: string
  readonly resume: boolean
  /** A log directory of TensorBoard. */
  readonly tensorboard?: string | undefined
  readonly quiet: boolean
  /** Whether a browser can look on meanwhile. */
  readonly watch?: boolean | undefined
  /** Gets each event of the fit. */
  readonly onEvent?: ((event: FitEvent) => void) | undefined
}

/** What `train --json` prints. */
export interface TrainingReport {
  readonly method: string
  readonly n: number
  readonly clusters: number | null
  readonly preset: string | null
  readonly device: string
  readonly precision: string
  readonly seed: number
  readonly seconds: number
  readonly phases: readonly PhaseTiming[]
  readonly sizes?: readonly number[]
  readonly deadClusters?: readonly number[]
  readonly metrics?: EvaluationResult
  readonly restarts?: readonly RestartRecord[]
  readonly out: string
}

/**
 * Trains, writing the model's folder meanwhile and at the end, and `labels.npy` in it for a clustering method.
 * @throws Interrupted when the context's signal stopped it, after saving what there was
 */
export async function train(
  { model, data, memory, labels, record, out, resume, tensorboard, quiet, watch = false, onEvent }: Training,
  context: CommandContext
): Promise<TrainingReport> {
  const progress = progressOn(context.stderr, quiet)
  const { TensorBoardLog, writeTensorBoard } = tensorboard === undefined ? {} : await import('../report/index.js')
  // Its pictures are drawn at the end: what is missing for them is told before.
  if (tensorboard !== undefined) await (await import('../report/drawing.js')).drawing()
  const log = TensorBoardLog && new TensorBoardLog(tensorboard!)
  const watching = watch ? await (await import('../report/index.js')).watchReport(out) : undefined
  if (watching) context.stderr.write(`The report of the run is at ${watching.url} while it goes on\n`)
  let result: FitResult
  try {
    result = await model.fit(data, {
      memory,
      signal: context.signal,
      checkpoint: watch ? { path: out, seconds: watchedSeconds } : out,
      resume,
      record,
      onProgress: event => {
        progress.show(event)
        log?.take(event)
        onEvent?.(event)
      },
      ...(labels && { labels })
    })
  } catch (error) {
    progress.close()
    await watching?.close()
    if (!context.signal.aborted || error !== context.signal.reason) throw error
    throw new Interrupted(
      model.fitted
        ? `Stopped. The last complete state is in ${out}; the same command with --resume continues from it`
        : 'Stopped before anything was learned; nothing was saved'
    )
  }
  progress.close()
  await watching?.close()
  await writeTensorBoard?.(out, tensorboard!, { scalars: false })
  const { method, n, preset, device, precision, seed, seconds, phases, options, restarts } = result
  const clustering = 'labels' in result ? (result as ClusteringResult) : undefined
  if (clustering) await writeNpy(join(out, 'labels.npy'), { data: clustering.labels, shape: [n] })
  return {
    method,
    n,
    clusters: (options.clusters as number | undefined) ?? null,
    preset,
    device,
    precision,
    seed,
    seconds,
    phases,
    ...(restarts && { restarts }),
    ...(clustering && { sizes: clustering.sizes, deadClusters: clustering.deadClusters, ...(clustering.metrics && { metrics: clustering.metrics }) }),
    out
  }
}

/** The scores as a line for people. */
export function scores({ acc, nmi, ari }: EvaluationResult): string {
  return `ACC ${acc.toFixed(4)}  NMI ${nmi.toFixed(4)}  ARI ${ari.toFixed(4)}`
}
