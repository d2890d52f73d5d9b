/** Every number of the history over the epochs of the whole run, phases marked. */

import { type Chart, chart, markupOf, Plot } from '../charts.js'
import { html } from '../markup.js'
import { accent, colourOf } from '../palette.js'
import { clustersOf, type Run } from '../run.js'
import type { Section } from './section.js'

/** A record of the history at its place in the run. */
interface Step {
  /** Epochs since the run began. */
  readonly at: number
  readonly phase: string
  readonly values: Readonly<Record<string, number>>
  readonly sizes?: readonly number[] | undefined
}

/** Epochs of training; work without epochs stands between them. */
export function steps({ config }: Run): readonly Step[] {
  const trained = new Set(config.phases.filter(({ epochs, samples }) => epochs > 0 && samples > 0).map(({ name }) => name))
  return config.history.filter(({ phase }) => trained.has(phase)).map(({ phase, values, sizes }, index) => ({ at: index + 1, phase, values, sizes }))
}

interface Family {
  readonly title: string
  /** Whether a number of the history is one of it. */
  readonly holds: (name: string) => boolean
  /** What its line is called. */
  readonly label: (name: string) => string
}

/** Numbers that are read against each other: one chart, under the name of the first. */
const families: readonly Family[] = [
  { title: 'ACC, NMI and ARI', holds: name => ['acc', 'nmi', 'ari'].includes(name), label: name => name.toUpperCase() },
  {
    title: 'The discriminator on real and generated items',
    holds: name => ['realScore', 'generatedScore'].includes(name),
    label: name => (name === 'realScore' ? 'D(x)' : 'D(G(z))')
  },
  { title: 'Share of each code that items tell', holds: name => /^c\d+Share$/.test(name), label: name => name.replace('Share', '') }
]

const familyOf = (name: string): Family | undefined => families.find(({ holds }) => holds(name))

const titles: Readonly<Record<string, string>> = {
  agreement: 'Items on whose cluster the answers agree',
  changed: 'Assignments that changed',
  empty: 'Empty clusters',
  elbo: 'Evidence lower bound',
  mutualInformation: 'Mutual information',
  componentDivergence: 'Divergence from the components',
  clusterDivergence: 'Divergence of the clusters',
  realScore: 'D(x)',
  generatedScore: 'D(G(z))',
  viewInformation: 'Mutual information of two views',
  diversity: 'Deviation of generated items, as a share of the data’s',
  evenness: 'Entropy of the cluster sizes, nats'
}

export const titleOf = (name: string): string =>
  titles[name] ??
  (/^c\d+$/.test(name) ? `Information of code ${name}, nats` : undefined) ??
  name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`).replace(/^./, letter => letter.toUpperCase())

/** Of a chart: the family's, where there is one. */
const chartTitle = (name: string): string => (name === 'sizes' ? 'Cluster sizes' : (familyOf(name)?.title ?? titleOf(name)))

/** First and last place of each phase. */
function spans(all: readonly Step[]): readonly { readonly phase: string; readonly from: number; readonly to: number }[] {
  const phases = [...new Set(all.map(({ phase }) => phase))]
  return phases.map(phase => {
    const own = all.filter(step => step.phase === phase)
    return { phase, from: own[0]!.at - 0.5, to: own.at(-1)!.at + 0.5 }
  })
}

const size = { width: 360, height: 190, marginLeft: 52, marginBottom: 34, marginTop: 22 }

/** Every number of a run's history that can be drawn, and `sizes`; scores beside the accuracy stand in its chart only. */
export function numberNames(run: Run): readonly string[] {
  const all = steps(run)
  const names = [...new Set(all.flatMap(({ values }) => Object.keys(values)))].filter(name => !['nmi', 'ari'].includes(name))
  const interesting = names.filter(name => name !== 'empty' || all.some(({ values }) => (values.empty ?? 0) > 0))
  const order = (name: string): number => (name === 'acc' ? -1 : 0)
  return [...interesting.sort((a, b) => order(a) - order(b)), ...(all.some(step => step.sizes) ? ['sizes'] : [])]
}

/** The charts of a run by name: of a family, its first number. */
export function curveNames(run: Run): readonly string[] {
  const names = numberNames(run)
  return names.filter((name, i) => !names.slice(0, i).some(before => familyOf(name)?.holds(before)))
}

export function curveChart(run: Run, name: string): Chart {
  const all = steps(run)
  const phases = spans(all)
  const axis = { label: 'epoch of the run', domain: [0.5, Math.max(1.5, all.length + 0.5)] as const, ticks: 5, tickFormat: 'd' }
  const bands = [
    Plot.rectX(
      phases.filter((_, i) => i % 2 === 1),
      { x1: 'from', x2: 'to', fill: 'currentColor', fillOpacity: 0.06 }
    ),
    // A phase of a few epochs has no room for its name.
    Plot.text(
      phases.filter(({ from, to }) => to - from > all.length / 8),
      { x: (span: { from: number; to: number }) => (span.from + span.to) / 2, frameAnchor: 'top', dy: -14, text: 'phase', fillOpacity: 0.65 }
    )
  ]
  if (name === 'sizes') return sizesChart(run, all, axis, bands)
  const family = familyOf(name)
  const shown = family ? [...new Set(all.flatMap(({ values }) => Object.keys(values)))].filter(family.holds) : [name]
  const points = shown.flatMap(series =>
    all.flatMap(({ at, phase, values }) => (values[series] === undefined ? [] : [{ at, phase, series, value: values[series] }]))
  )
  // Terms of different phases are different quantities: no line between them.
  const line = { x: 'at', y: 'value', z: (point: { phase: string; series: string }) => `${point.phase} ${point.series}` }
  const colour = family ? { stroke: (point: { series: string }) => colourOf(shown.indexOf(point.series)) } : { stroke: accent }
  const dots =
    points.length < 60
      ? [
          Plot.dot(points, {
            ...line,
            ...colour,
            fill: 'none',
            r: 2,
            title: (point: { series: string; at: number; value: number }) =>
              `${titleOf(point.series)} ${point.value.toPrecision(4)}, epoch ${point.at}`
          })
        ]
      : []
  const values = points.map(({ value }) => value)
  const last = family ? shown.flatMap(series => points.filter(point => point.series === series).slice(-1)) : []
  return chart({
    ...size,
    ariaLabel: chartTitle(name),
    marginRight: family ? 48 : 12,
    color: { type: 'identity' },
    x: axis,
    y: { label: null, grid: true, ticks: 4, nice: true, ...(name === 'changed' && { tickFormat: '.0%' }) },
    marks: [
      ...bands,
      Plot.lineY(points, { ...line, ...colour, strokeWidth: 1.8 }),
      ...dots,
      Plot.text(spread(last, Math.max(...values) - Math.min(...values)), {
        x: 'at',
        y: 'y',
        text: (point: { series: string }) => family!.label(point.series),
        textAnchor: 'start',
        dx: 6,
        fill: (point: { series: string }) => colourOf(shown.indexOf(point.series)),
        fontWeight: 600
      })
    ]
  })
}

/** Labels at the ends of lines, moved apart where they would lie upon each other: by a line of text, a share of the drawn range. */
function spread<Point extends { readonly value: number }>(points: readonly Point[], range: number): readonly (Point & { readonly y: number })[] {
  const gap = 0.085 * range
  const sorted = points.map(point => ({ ...point, y: point.value })).sort((a, b) => b.y - a.y)
  for (let i = 1; i < sorted.length; i++) if (sorted[i - 1]!.y - sorted[i]!.y < gap) sorted[i]!.y = sorted[i - 1]!.y - gap
  return sorted
}

/** The share of each cluster over the epochs, one upon the other. */
function sizesChart(run: Run, all: readonly Step[], axis: object, bands: readonly unknown[]): Chart {
  const k = clustersOf(run)
  const points = all.flatMap(({ at, sizes }) =>
    sizes ? Array.from({ length: k }, (_, cluster) => ({ at, cluster, share: (sizes[cluster] ?? 0) / run.config.n })) : []
  )
  const single = new Set(points.map(({ at }) => at)).size === 1
  const mark = single ? Plot.barY : Plot.areaY
  return chart({
    ...size,
    ariaLabel: 'Cluster sizes',
    color: { type: 'identity' },
    x: single ? { label: 'epoch of the run' } : axis,
    y: { label: null, tickFormat: '.0%', ticks: 4 },
    marks: [
      ...(single ? [] : (bands as Plot.Markish[])),
      mark(points, {
        x: 'at',
        y: 'share',
        z: 'cluster',
        fill: (point: { cluster: number }) => colourOf(point.cluster),
        fillOpacity: 0.85,
        order: 'cluster',
        title: (point: { cluster: number }) => `cluster ${point.cluster}`
      } as object)
    ]
  })
}

/** Numbers of work without epochs: fitting a mixture, cutting a graph, reading clusters out. */
function stages({ config }: Run): readonly { readonly phase: string; readonly name: string; readonly value: number }[] {
  const trained = new Set(config.phases.filter(({ samples }) => samples > 0).map(({ name }) => name))
  return config.history
    .filter(({ phase }) => !trained.has(phase))
    .flatMap(({ phase, values }) => Object.entries(values).map(([name, value]) => ({ phase, name, value })))
}

export const curves: Section = {
  id: 'curves',
  title: 'Curves',
  body({ run }) {
    const names = curveNames(run)
    if (names.length === 0) return undefined
    const between = stages(run)
    return html`<p>Means over each epoch; losses are per item. Bands mark the phases of training${run.recording?.confusion && ', true labels gave the scores and nothing else'}.</p>
<div class="charts">${names.map(name => html`<figure><figcaption>${chartTitle(name)}</figcaption>${markupOf(curveChart(run, name))}</figure>`)}</div>${
      between.length > 0 &&
      html`<h3>Beside the epochs</h3><table><tr><th>phase</th><th>number</th><th class="number">value</th></tr>${between.map(({ phase, name, value }) => html`<tr><td>${phase}</td><td>${titleOf(name)}</td><td class="number">${Number(value.toPrecision(5))}</td></tr>`)}</table>`
    }`
  }
}
