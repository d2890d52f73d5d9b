/** What goes into an estimator and what comes out of it. */

import type { ReadProgress } from '../data/index.js'
import type { EvaluationResult } from '../metrics/index.js'
import type { recordOptions, runOptions } from '../options/groups.js'
import type { Given } from '../options/table.js'

export type { DataInput, FloatTensor } from '../data/index.js'

/** Options of constructors that are not their method's own. */
export type RunName = keyof typeof runOptions | 'preset'

/** What the results and events of a method are typed by; `DCNTypes` and the like narrow it. */
export interface MethodTypes {
  /** `dcn`, `kmeans`, … */
  readonly method: string
  /** What the constructor takes. */
  // biome-ignore lint/suspicious/noExplicitAny: of any method any name may be asked for, which no other type allows
  readonly options: any
  /** `null` where the method has none. */
  readonly preset: string | null
  readonly phase: string
}

/** Every option of a method with a value, by what its constructor takes. */
export type CompleteOptions<Options> = { readonly [Name in Exclude<keyof Options, RunName>]-?: Exclude<Options[Name], undefined> }

/** Means over one epoch. */
export interface EpochRecord<Phase extends string = string> {
  readonly phase: Phase
  /** 1-based within its phase. An epoch is a pass over the data, or over 131,072 items where there are more. */
  readonly epoch: number
  readonly seconds: number
  /**
   * Losses per item and counts by name, for example `reconstruction`, `clustering`, `changed`; `acc`, `nmi` and `ari` of the
   * assignments after the epoch where labels were given.
   */
  readonly values: Readonly<Record<string, number>>
  /** Items in each cluster after the epoch, where the phase has clusters. */
  readonly sizes?: readonly number[]
}

/** One whole run of several, and how it ranks without any labels. */
export interface RestartRecord {
  readonly seed: number
  /** The method's criterion; `null` for a run that has none. */
  readonly criterion: number | null
}

/** How long a phase took. */
export interface PhaseTiming<Phase extends string = string> {
  readonly name: Phase
  readonly epochs: number
  readonly seconds: number
  /** 0 for a phase that trains on no samples. */
  readonly samplesPerSecond: number
}

/** What every fit resolves with: the record of the run. */
export interface FitResult<Types extends MethodTypes = MethodTypes> {
  /** `dcn`, `kmeans`, … */
  readonly method: Types['method']
  /** Number of items. */
  readonly n: number
  /** Shape of one item. */
  readonly shape: readonly number[]
  /** The preset that was used; `null` where the method has none. */
  readonly preset: Types['preset']
  /** Every option of the method with the value that was used. */
  readonly options: CompleteOptions<Types['options']>
  readonly seed: number
  /** Where it ran: `cpu` or `cuda:N`. */
  readonly device: string
  readonly precision: 'float32' | 'bfloat16'
  /** Wall time of this call, reading the data included. */
  readonly seconds: number
  readonly phases: readonly PhaseTiming<Types['phase']>[]
  /** Of the run that was kept. */
  readonly history: readonly EpochRecord<Types['phase']>[]
  readonly warnings: readonly string[]
  /** Every run of a fit with `restarts`, in turn; absent for a method without that option. */
  readonly restarts?: readonly RestartRecord[]
}

/** What a fit of a clustering method resolves with. */
export interface ClusteringResult<Types extends MethodTypes = MethodTypes> extends FitResult<Types> {
  /** The cluster of each item, 0 .. clusters - 1; length n. */
  readonly labels: Int32Array
  /** Items in each cluster; length `clusters`. */
  readonly sizes: readonly number[]
  /** Clusters that hold no item. Also reported as a warning. */
  readonly deadClusters: readonly number[]
  /** Scores of `labels` against the labels given to `fit`; absent when none were given. */
  readonly metrics?: EvaluationResult
}

/**
 * Progress of a fit. Times are in seconds; `secondsLeft` is for the running phase and `null` while unknown. `onProgress` gets every event whole.
 * Who pulls them (`fitSteps`) more slowly than they come finds of steps in a row only the newest, and of the epochs that wait only the newest
 * with its `assignments`: memory stays bounded.
 */
export type FitEvent<Result extends FitResult = FitResult> =
  | ({ readonly type: 'reading' } & ReadProgress)
  | ({
      readonly type: 'start'
      /** The options as the constructor got them. */
      readonly given: Readonly<Record<string, unknown>>
      readonly threads: number
      readonly tf32: boolean
      readonly capture: boolean
    } & Pick<Result, 'method' | 'n' | 'shape' | 'preset' | 'seed' | 'device' | 'precision' | 'options'>)
  | { readonly type: 'phase'; readonly phase: PhaseOf<Result>; readonly epochs: number; readonly steps: number; readonly samples: number }
  | ({ readonly type: 'step'; readonly step: number; readonly steps: number } & EpochPosition<PhaseOf<Result>>)
  | ({
      readonly type: 'epoch'
      readonly seconds: number
      readonly samples: number
      readonly values: Readonly<Record<string, number>>
      /** Items in each cluster after the epoch, where the phase has clusters. */
      readonly sizes?: readonly number[]
      /** The cluster of each item after the epoch, where the phase has clusters. */
      readonly assignments?: Int32Array
      /** The items that `assignments` are of, ascending, where clusters are trained on some only (`trainItems`). */
      readonly items?: Int32Array
    } & EpochPosition<PhaseOf<Result>>)
  | { readonly type: 'phase-end'; readonly phase: PhaseOf<Result>; readonly seconds: number }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'checkpoint'; readonly path: string }
  | { readonly type: 'end'; readonly result: Result }

/** The phases of a method, by its result. */
export type PhaseOf<Result extends FitResult> = Result['phases'][number]['name']

/** Where in its phase a fit is, and how fast it goes. */
export interface EpochPosition<Phase extends string = string> {
  readonly phase: Phase
  /** 1-based. */
  readonly epoch: number
  readonly epochs: number
  readonly samplesPerSecond: number
  readonly secondsLeft: number | null
}

/** What a fit records for its report. */
export type RecordOptions = Given<typeof recordOptions> & {
  /** Where the data came from, as the report is to say it. */
  data?: string | undefined
  /** What true label 0, 1, … means. */
  classes?: readonly string[] | undefined
  /** What feature 0, 1, … of a vector means; without this, as its file says. */
  features?: readonly string[] | undefined
}

/** How data are read that are given as a path, a query, batches. */
export interface ReadingOptions {
  /** Most bytes of items that are held in memory; larger data stay in their files, or are written to one in the cache. 1 GiB without this. */
  memory?: number | undefined
}

/** Options of `fit`. */
export interface FitOptions<Result extends FitResult = FitResult> extends ReadingOptions {
  /** Stops reading, or the training within one batch; the model keeps its last complete state. */
  signal?: AbortSignal | undefined
  /** Called for each event; if it throws, training stops and `fit` rejects with what it threw. */
  onProgress?: ((event: FitEvent<Result>) => void) | undefined
  /**
   * A folder that is written while training, at most every 30 seconds (or `seconds`), and at the end. A failed write
   * while training is a warning event; a failed last write rejects `fit`, and the model stays fitted.
   */
  checkpoint?: string | { path: string; seconds?: number | undefined } | undefined
  /**
   * What is kept in the model's folder for its report: by default the embedding of 2,000 items after at most 10 epochs of each
   * phase, at a bounded cost, where there is a `checkpoint`. `true` or an object also without one, for a later `save`.
   */
  record?: boolean | RecordOptions | undefined
  /** True labels, for `metrics` and the scores in `history` only: they never reach the native code. An array of n integers, or a path. */
  labels?: Int32Array | readonly number[] | string | undefined
  /** Continues from the model's state in place of starting anew; the data must be the same. */
  resume?: boolean | undefined
}
