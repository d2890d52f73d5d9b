/** What a reader of the numbers would remark on, in words. Nothing here is proof: each says what was seen and what it may mean. */

import type { ClusterFacts } from './clusters.js'
import { className, clustersOf, type Run } from './run.js'

export interface Finding {
  /** `concern`: something is probably wrong; `remark`: worth a look. */
  readonly kind: 'concern' | 'remark'
  readonly text: string
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`
const list = (clusters: readonly number[]): string =>
  clusters.length === 1 ? `Cluster ${clusters[0]}` : `Clusters ${clusters.slice(0, -1).join(', ')} and ${clusters.at(-1)}`

export function findings(run: Run, facts: readonly ClusterFacts[]): readonly Finding[] {
  const { config, recording } = run
  const found: Finding[] = []
  const concern = (text: string): void => void found.push({ kind: 'concern', text })
  const remark = (text: string): void => void found.push({ kind: 'remark', text })

  if (!config.finished) concern('The run did not end: what is shown is its last complete state. The same command with --resume continues it.')
  for (const warning of config.warnings) concern(warning)
  sizes(run, facts, concern, remark)
  for (const [a, b, ratio] of overlaps(facts)) {
    remark(
      `Clusters ${a} and ${b} lie close together: their centres are ${ratio.toFixed(1)} times as far apart as their items scatter. They may be parts of one group.`
    )
  }
  if (recording?.confusion) truths(run, facts, remark)
  certainty(run, remark)
  const changed = config.history.findLast(({ values }) => values.changed !== undefined)?.values.changed
  if (changed !== undefined && changed > 0.02)
    remark(`${percent(changed)} of the assignments still changed in the last epoch: more epochs may settle them.`)
  return found
}

/** What a method reads out at its end, where it compares two views of real items: whether clusters survive a small change of them. */
function certainty({ config }: Run, remark: (text: string) => void): void {
  const shared = config.history.findLast(({ phase }) => phase === 'read-out')?.values.mutualInformation
  const most = Math.log(config.options.clusters as number)
  if (shared === undefined || shared > most / 2) return
  remark(
    `The clusters are unsure of real items: those of two views of an item share ${shared.toFixed(2)} nats of the ${most.toFixed(2)} that even clusters could. Another seed may do better.`
  )
}

function sizes(run: Run, facts: readonly ClusterFacts[], concern: (text: string) => void, remark: (text: string) => void): void {
  const even = run.config.n / Math.max(1, clustersOf(run))
  const where = (test: (size: number) => boolean): number[] => facts.filter(({ size }) => test(size)).map(({ cluster }) => cluster)
  const dead = where(size => size === 0)
  const said = run.config.warnings.some(warning => /hold no item/.test(warning))
  if (dead.length > 0 && !said)
    concern(
      `${list(dead)} ${dead.length === 1 ? 'holds' : 'hold'} no item: there may be fewer groups than ${clustersOf(run)}, or the embedding collapsed.`
    )
  const small = where(size => size > 0 && size < even / 10)
  if (small.length > 0)
    remark(`${list(small)} ${small.length === 1 ? 'holds' : 'hold'} less than a tenth of an even share: outliers, or a group that hardly occurs.`)
  const large = where(size => size > 3 * even)
  if (large.length > 0)
    remark(`${list(large)} ${large.length === 1 ? 'holds' : 'hold'} more than three even shares: several groups may have become one.`)
}

/** Pairs of clusters whose centres are nearer than the sum of both spreads, with that ratio. */
function overlaps(facts: readonly ClusterFacts[]): readonly (readonly [number, number, number])[] {
  const pairs = new Map<string, readonly [number, number, number]>()
  for (const { cluster, nearest, spread } of facts) {
    if (!nearest) continue
    const ratio = nearest.distance / (spread + facts[nearest.cluster]!.spread || 1)
    const [a, b] = cluster < nearest.cluster ? [cluster, nearest.cluster] : [nearest.cluster, cluster]
    if (ratio < 0.8) pairs.set(`${a} ${b}`, [a, b, ratio])
  }
  return [...pairs.values()]
}

function truths(run: Run, facts: readonly ClusterFacts[], remark: (text: string) => void): void {
  const { confusion } = run.recording!
  for (const { cluster, labels } of facts) {
    const [first, second] = labels ?? []
    if (first && second && first.share < 0.7) {
      remark(
        `Cluster ${cluster} mixes the classes ${className(run, first.label)} (${percent(first.share)} of it) and ${className(run, second.label)} (${percent(second.share)}).`
      )
    }
  }
  const width = confusion!.clusters.length
  confusion!.labels.forEach((label, row) => {
    const counts = confusion!.clusters.map((cluster, column) => ({ cluster, count: confusion!.counts[row * width + column]! }))
    const total = counts.reduce((sum, { count }) => sum + count, 0)
    const parts = counts.filter(({ count }) => count >= total / 4).sort((a, b) => b.count - a.count)
    if (parts.length > 1)
      remark(
        `Class ${className(run, label)} is split: ${parts.map(({ cluster, count }) => `${percent(count / total)} in cluster ${cluster}`).join(', ')}.`
      )
  })
}
