/** The embedding of the kept items as pictures of a plane, epoch by epoch. */

import { evaluate } from '../metrics/index.js'
import type { Tensor } from '../native/addon.js'
import { type Chart, chart, Plot } from './charts.js'
import { finalCodes } from './clusters.js'
import { colourOf } from './palette.js'
import { aligned, type Layout, neighbourhoods, principal } from './projection.js'
import type { Run } from './run.js'

/** One picture of the embedding. */
export interface View {
  /** `joint, epoch 12`. */
  readonly title: string
  readonly codes: Tensor
  /** The cluster of each kept item then; absent in a phase that has no clusters. */
  readonly assignments: Int32Array | undefined
  /** Accuracy at that time: of all items, or else of the kept ones; absent without labels. */
  readonly accuracy: number | undefined
}

/** The recorded epochs in turn; the items themselves where the run has no embedding. */
export function viewsOf(run: Run): readonly View[] {
  const { recording, config } = run
  if (!recording) return []
  const { frames, labels, truth } = recording
  const scored = (assignments: Int32Array | undefined): number | undefined => {
    if (!assignments || !truth) return undefined
    const clustered = [...assignments.keys()].filter(item => assignments[item]! >= 0)
    return clustered.length > 0
      ? evaluate(
          clustered.map(item => truth[item]!),
          clustered.map(item => assignments[item]!)
        ).acc
      : undefined
  }
  if (frames.length === 0)
    return labels ? [{ title: 'the items', codes: finalCodes(run)!, assignments: labels, accuracy: config.metrics?.acc ?? scored(labels) }] : []
  return frames.map(({ phase, epoch, codes, assignments }, i) => {
    // Nothing is trained after the last recorded epoch: what the run ended with belongs to it.
    const last = i === frames.length - 1
    const own = last && labels ? labels : assignments
    const single = !config.history.some(entry => entry.phase === phase && entry.epoch !== epoch)
    const recorded = last ? config.metrics?.acc : config.history.find(entry => entry.phase === phase && entry.epoch === epoch)?.values.acc
    return { title: single ? phase : `${phase}, epoch ${epoch}`, codes, assignments: own, accuracy: recorded ?? scored(own) }
  })
}

/** The principal components of each view, each turned to lie as the one after it. */
export function principalLayouts(views: readonly View[]): readonly Layout[] {
  return chained(views.map(({ codes }) => principal(codes)))
}

function chained(layouts: readonly Layout[]): readonly Layout[] {
  const turned = [...layouts]
  for (let i = turned.length - 2; i >= 0; i--) turned[i] = aligned(turned[i]!, turned[i + 1]!)
  return turned
}

/** Items that a map is made of, at most: its time grows faster than they do. */
const mostMapped = 3000

/** UMAP of at most `count` views, evenly spaced, the last always; with their places. */
export function mappedViews(views: readonly View[], count: number): { readonly places: readonly number[]; readonly layouts: readonly Layout[] } {
  const most = views[0] && views[0].codes.shape[0]! > mostMapped ? 0 : Math.min(count, views.length)
  const places = Array.from({ length: most }, (_, i) => views.length - 1 - Math.floor((i * views.length) / most)).reverse()
  return { places, layouts: chained(places.map(place => neighbourhoods(views[place]!.codes))) }
}

/** Half the side of the square that is shown; items beyond it stand at its edge. */
const reach = 1.06

export const inside = (value: number): number => Math.max(-reach, Math.min(reach, value))

/** Where clusters lie: the medians of their items. */
export function medians(layout: Layout, assignments: Int32Array): readonly { readonly cluster: number; readonly x: number; readonly y: number }[] {
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
  return [...new Set(assignments.filter(cluster => cluster >= 0))]
    .sort((a, b) => a - b)
    .map(cluster => {
      const items = [...assignments.keys()].filter(item => assignments[item] === cluster)
      return { cluster, x: middle(items.map(item => inside(layout[2 * item]!))), y: middle(items.map(item => inside(layout[2 * item + 1]!))) }
    })
}

/** Side of the drawing, in pixels, and the margin that keeps dots whole. */
export const latentSide = 560
const margin = 8

/** From a layout to pixels of the drawing. */
export const latentPixel = (value: number, vertical: boolean): number =>
  margin + ((vertical ? reach - inside(value) : inside(value) + reach) / (2 * reach)) * (latentSide - 2 * margin)

/** The items as dots; in the colours of `groups`, with cluster numbers where `labelled`. */
export function latentChart(layout: Layout, groups: Int32Array | undefined, labelled: boolean, side = latentSide): Chart {
  const n = layout.length / 2
  const points = Array.from({ length: n }, (_, i) => ({
    x: inside(layout[2 * i]!),
    y: inside(layout[2 * i + 1]!),
    colour: colourOf(groups?.[i] ?? -1)
  }))
  return chart({
    ariaLabel: 'The embedding of the recorded items',
    width: side,
    height: side,
    margin: (margin * side) / latentSide,
    color: { type: 'identity' },
    x: { axis: null, domain: [-reach, reach] },
    y: { axis: null, domain: [-reach, reach] },
    marks: [
      Plot.dot(points, { x: 'x', y: 'y', r: side < 300 ? 1.3 : 2.6, fill: 'colour', fillOpacity: 0.8 }),
      ...(labelled && groups
        ? [
            Plot.text(medians(layout, groups), {
              x: 'x',
              y: 'y',
              text: 'cluster',
              fontSize: side < 300 ? 9 : 15,
              fontWeight: 700,
              fill: 'currentColor',
              stroke: 'var(--ground, white)',
              strokeWidth: 4
            })
          ]
        : [])
    ]
  })
}
