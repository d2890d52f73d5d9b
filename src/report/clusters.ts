/** What can be said of each cluster of a run from its recording. */

import type { Tensor } from '../native/addon.js'
import { rowsOf } from './rows.js'
import { clustersOf, type Run } from './run.js'

export interface ClusterFacts {
  readonly cluster: number
  /** Of all items. */
  readonly size: number
  /** Kept items (their places among the kept) from the most typical, nearest to the centre, to the least. */
  readonly members: readonly number[]
  /** Root of the mean squared distance of its kept items to the centre; 0 without any. */
  readonly spread: number
  /** The nearest other cluster that holds items, by the distance of the centres; absent where there is none. */
  readonly nearest?: { readonly cluster: number; readonly distance: number }
  /** True labels among its items, the most frequent first; absent without labels. */
  readonly labels?: readonly { readonly label: number; readonly share: number }[]
}

/** The codes of the kept items at the end of the run: those of its last frame, or the items themselves where it has no embedding. */
export function finalCodes({ recording }: Run): Tensor | undefined {
  if (!recording) return undefined
  const { data, frames } = recording
  return frames.at(-1)?.codes ?? { data: Float32Array.from(data.data as Uint8Array), shape: [data.shape[0]!, data.data.length / data.shape[0]!] }
}

const squared = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0)

/** Every cluster of a run that has ended; none of a method without clusters. */
export function clusterFacts(run: Run): readonly ClusterFacts[] {
  const { recording } = run
  const codes = finalCodes(run)
  if (!recording?.labels || !recording.sizes || !codes) return []
  const { labels, sizes, confusion } = recording
  const rows = rowsOf(codes)
  const members = Array.from({ length: clustersOf(run) }, (): number[] => [])
  labels.forEach((label, item) => members[label]?.push(item))
  const centres = members.map(items =>
    items.length === 0 ? undefined : rows[0]!.map((_, i) => items.reduce((sum, item) => sum + rows[item]![i]!, 0) / items.length)
  )
  return members.map((items, cluster): ClusterFacts => {
    const centre = centres[cluster]
    if (!centre) return { cluster, size: sizes[cluster] ?? 0, members: [], spread: 0 }
    const distance = new Map(items.map(item => [item, squared(rows[item]!, centre)]))
    const others = centres.flatMap((other, index) =>
      other && index !== cluster ? [{ cluster: index, distance: Math.sqrt(squared(other, centre)) }] : []
    )
    const nearest = others.toSorted((a, b) => a.distance - b.distance)[0]
    const column = confusion?.clusters.indexOf(cluster) ?? -1
    const counts =
      column < 0
        ? []
        : confusion!.labels.map((label, row) => ({ label, share: confusion!.counts[row * confusion!.clusters.length + column]! / sizes[cluster]! }))
    return {
      cluster,
      size: sizes[cluster] ?? 0,
      members: items.toSorted((a, b) => distance.get(a)! - distance.get(b)!),
      spread: Math.sqrt([...distance.values()].reduce((sum, value) => sum + value, 0) / items.length),
      ...(nearest && { nearest }),
      ...(column >= 0 && { labels: counts.filter(({ share }) => share > 0).sort((a, b) => b.share - a.share) })
    }
  })
}
