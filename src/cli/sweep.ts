/** `train METHOD --clusters A..B`: one model for each number of clusters, and a table to choose by. */

import { join } from 'node:path'
import type { Items } from '../data/index.js'
import type { EstimatorClass } from '../estimator/estimator.js'
import { type ScoringEstimator, type SweepRow, sweepClusters } from '../estimator/sweep.js'
import type { FitOptions } from '../estimator/types.js'
import { type CommandContext, UsageError } from './command.js'
import { progressOn } from './progress.js'

/** Whether a method tells how well it explains items, which a sweep needs. */
export function canSweep(type: EstimatorClass): type is EstimatorClass<ScoringEstimator> {
  return 'score' in type.prototype && 'bic' in type.prototype
}

/**
 * The numbers that `--clusters A..B` stands for, and the arguments with A alone; `undefined` where one number is given.
 * @throws UsageError for a range that is none
 */
export function clusterRange(args: readonly string[]): { readonly clusters: readonly number[]; readonly args: readonly string[] } | undefined {
  const at = args.findIndex(
    (arg, i) => (arg.startsWith('--clusters=') && arg.includes('..')) || (arg === '--clusters' && args[i + 1]?.includes('..'))
  )
  if (at < 0) return undefined
  const inline = args[at]!.startsWith('--clusters=')
  const text = inline ? args[at]!.slice('--clusters='.length) : args[at + 1]!
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(text)?.map(Number) ?? []
  if (first === undefined || last === undefined || first < 1 || last < first)
    throw new UsageError(`Expected a number or a range such as 5..20 for \`--clusters\` but received ${JSON.stringify(text)}`)
  const clusters = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  return { clusters, args: [...args.slice(0, at), '--clusters', String(first), ...args.slice(at + (inline ? 1 : 2))] }
}

/** What `train METHOD --clusters A..B --json` prints. */
export interface SweepReport {
  readonly method: string
  readonly n: number
  readonly rows: readonly (SweepRow & { readonly out: string })[]
}

export interface Sweep {
  readonly type: EstimatorClass<ScoringEstimator>
  readonly options: Readonly<Record<string, unknown>>
  readonly clusters: readonly number[]
  readonly data: Items
  readonly heldOut: number | undefined
  readonly labels: Int32Array | undefined
  readonly record: FitOptions['record']
  /** Each model goes to a folder in it, `clusters-K`. */
  readonly out: string
  readonly quiet: boolean
}

export async function runSweep(
  { type, options, clusters, data, heldOut, labels, record, out, quiet }: Sweep,
  context: CommandContext
): Promise<SweepReport> {
  const progress = progressOn(context.stderr, quiet)
  const folder = (count: number): string => join(out, `clusters-${count}`)
  try {
    const rows = await sweepClusters(type, options, data, {
      clusters,
      heldOut,
      labels,
      record,
      signal: context.signal,
      onProgress: event => progress.show(event),
      onRow: (row, model) => model.save(folder(row.clusters))
    })
    return { method: type.method.name, n: data.shape[0]!, rows: rows.map(row => ({ ...row, out: folder(row.clusters) })) }
  } finally {
    progress.close()
  }
}

/** The rows as a table for people; the best of each column has a star. */
export function table(rows: readonly SweepRow[]): string {
  const best = { heldOut: Math.max(...rows.map(row => row.heldOut)), bic: Math.min(...rows.map(row => row.bic)) }
  const starred = (text: string, is: boolean): string => `${text}${is ? '*' : ' '}`
  const scored = rows.some(row => row.metrics)
  const lines = [
    ['clusters', 'used', 'held out ', 'BIC ', 'seconds', ...(scored ? ['ACC', 'NMI'] : [])],
    ...rows.map(row => [
      String(row.clusters),
      String(row.used),
      starred(row.heldOut.toFixed(3), row.heldOut === best.heldOut),
      starred(row.bic.toFixed(0), row.bic === best.bic),
      row.seconds.toFixed(1),
      ...(row.metrics ? [row.metrics.acc.toFixed(4), row.metrics.nmi.toFixed(4)] : [])
    ])
  ]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => line[column]!.length)))
  return `${lines
    .map(line =>
      line
        .map((text, column) => text.padStart(widths[column]!))
        .join('  ')
        .trimEnd()
    )
    .join('\n')}\n`
}
