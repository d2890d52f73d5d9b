/** How clusters became fewer: the periods of JULE, or the merge tree of linkage. */

import type { Tensors } from '../../native/addon.js'
import { type Chart, chart, markupOf, Plot } from '../charts.js'
import { html, type Markup } from '../markup.js'
import { accent } from '../palette.js'
import type { Run } from '../run.js'
import { thumbs } from './members.js'
import type { Section } from './section.js'

/** Leaves that a drawn tree may have. */
const mostLeaves = 48

/** A cluster and those that were merged into it. */
interface Node {
  readonly name: string
  readonly size: number
  readonly parts: readonly Node[]
}

/** Level by level: how many clusters, their sizes and what they became part of. */
interface Level {
  readonly sizes: Int32Array
  readonly parents: Int32Array
  /** The cluster of each kept item. */
  readonly items: Int32Array
}

export function levels(pictures: Tensors): readonly Level[] {
  const [counts, sizes, parents, items] = ['counts', 'sizes', 'parents', 'items'].map(
    name => pictures[`levels.${name}`]?.data as Int32Array | undefined
  )
  if (!counts || !sizes || !parents || !items) return []
  const m = items.length / counts.length
  let begin = 0
  return Array.from(counts, (count, period) => {
    const [from, to] = [begin, (begin += count)]
    return { sizes: sizes.subarray(from, to), parents: parents.subarray(from, to), items: items.subarray(period * m, (period + 1) * m) }
  })
}

function treeOfLevels(all: readonly Level[]): readonly Node[] {
  const first = Math.max(
    0,
    all.findIndex(level => level.sizes.length <= mostLeaves)
  )
  const node = (period: number, cluster: number): Node => ({
    name: `${period}.${cluster}`,
    size: all[period]!.sizes[cluster]!,
    parts:
      period <= first
        ? []
        : [...all[period - 1]!.parents.keys()].filter(part => all[period - 1]!.parents[part] === cluster).map(part => node(period - 1, part))
  })
  const last = all.length - 1
  return all[last]!.sizes.length > mostLeaves ? [] : Array.from(all[last]!.sizes, (_, cluster) => node(last, cluster))
}

function treeOfMerges(pictures: Tensors): readonly Node[] {
  const [pairs, first] = [pictures['merges.pairs']?.data as Int32Array | undefined, pictures['merges.sizes']?.data as Int32Array | undefined]
  if (!pairs || !first || pairs.length !== 2 * (first.length - 1) || first.length === 0) return []
  const sizes = [...first]
  for (let merge = 0; 2 * merge < pairs.length; merge++) sizes.push((sizes[pairs[2 * merge]!] ?? 0) + (sizes[pairs[2 * merge + 1]!] ?? 0))
  const shown = Math.min(first.length, mostLeaves / 2)
  // The last merges, each of which parts one cluster more, leave as many leaves.
  const parted = (cluster: number): boolean => cluster >= sizes.length - (shown - 1) && cluster >= first.length
  const node = (cluster: number): Node => {
    const merge = 2 * (cluster - first.length)
    const parts = parted(cluster) ? [pairs[merge]!, pairs[merge + 1]!].filter(part => part >= 0 && part < cluster) : []
    return { name: String(cluster), size: sizes[cluster]!, parts: parts.map(node) }
  }
  return [node(sizes.length - 1)]
}

/** The tree as far as it can be drawn; `undefined` where a run has none. */
export function treeChart({ recording }: Run): Chart | undefined {
  const pictures = recording?.pictures ?? {}
  const roots = pictures['levels.counts'] ? treeOfLevels(levels(pictures)) : treeOfMerges(pictures)
  if (roots.length === 0) return undefined
  const paths: { readonly path: string; readonly size: number }[] = []
  const walk = (node: Node, above: string): void => {
    const path = `${above}/${node.name}`
    if (node.parts.length === 0) paths.push({ path, size: node.size })
    for (const part of node.parts) walk(part, path)
  }
  const top = roots.length === 1 ? '' : '/all'
  for (const root of roots) walk(root, top)
  return chart({
    ariaLabel: 'Merge tree',
    width: 640,
    height: 30 + 15 * paths.length,
    margin: 10,
    marginLeft: 14,
    marginRight: 70,
    x: { axis: null },
    y: { axis: null },
    marks: [
      // Node text would be the names of the path; sizes say more.
      Plot.link(
        ...([paths, Plot.treeLink({ path: 'path', stroke: 'currentColor', strokeOpacity: 0.45, strokeWidth: 1.2, curve: 'bump-x' })] as unknown as [
          never,
          never
        ])
      ),
      Plot.dot(...([paths, Plot.treeNode({ path: 'path', fill: accent, r: 3 })] as unknown as [never, never])),
      Plot.text(
        ...([
          paths,
          Plot.treeNode({
            path: 'path',
            text: (path: { size?: number } | null) => path?.size?.toLocaleString('en') ?? '',
            dx: 8,
            textAnchor: 'start',
            fill: 'currentColor',
            stroke: 'var(--ground, white)',
            strokeWidth: 3
          })
        ] as unknown as [never, never])
      )
    ]
  })
}

/** The number of clusters by period. */
export function periodsChart(run: Run): Chart | undefined {
  const counts = levels(run.recording?.pictures ?? {}).map(({ sizes }, period) => ({ period, count: sizes.length }))
  if (counts.length < 2) return undefined
  return chart({
    ariaLabel: 'Number of clusters by period',
    width: 420,
    height: 220,
    marginLeft: 52,
    marginTop: 22,
    x: { label: 'after period', domain: counts.map(({ period }) => period) },
    y: { type: 'log', label: 'clusters', grid: true, ticks: 4, tickFormat: ',' },
    marks: [
      Plot.lineY(counts, { x: 'period', y: 'count', stroke: accent }),
      Plot.dot(counts, { x: 'period', y: 'count', fill: accent, r: 4 }),
      Plot.text(counts, { x: 'period', y: 'count', text: 'count', dy: -12 })
    ]
  })
}

/** Some of the clusters after each period, by images of their members. */
function stages(run: Run): Markup | false {
  if (!run.pixels) return false
  const all = levels(run.recording!.pictures)
  return html`<h3>Clusters at each stage</h3><p>The ten largest clusters before the first period and after each: a line each, with some of their members.</p><div class="stages">${all.map(
    ({ sizes, items }, period) => {
      const largest = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]!).slice(0, 10)
      return html`<figure>${largest.map(cluster => html`<div class="thumbs small">${thumbs(run, [...items.keys()].filter(item => items[item] === cluster).slice(0, 6))}</div>`)}<figcaption>${period === 0 ? 'at first' : `period ${period}`}: ${sizes.length.toLocaleString('en')} clusters</figcaption></figure>`
    }
  )}</div>`
}

export const merging: Section = {
  id: 'merging',
  title: 'How clusters merged',
  body({ run }) {
    const [tree, periods] = [treeChart(run), periodsChart(run)]
    if (!tree && !periods) return undefined
    return html`<div class="columns">${periods && html`<figure><figcaption>Number of clusters by period</figcaption>${markupOf(periods)}</figure>`}
${tree && html`<figure><figcaption>The last merges, with the number of items in each leaf</figcaption>${markupOf(tree)}</figure>`}</div>${periods && stages(run)}`
  }
}
