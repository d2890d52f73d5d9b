/** Several runs side by side: what differs, how they did, and how far they agree. */

import { ari } from '../../metrics/index.js'
import { written } from '../../options/describe.js'
import { type Chart, chart, markupOf, Plot } from '../charts.js'
import { latentChart, principalLayouts, viewsOf } from '../latent.js'
import { html, type Markup } from '../markup.js'
import { accent, colourOf } from '../palette.js'
import { clustersOf, type Run } from '../run.js'
import { seconds } from './card.js'
import { numberNames, steps, titleOf } from './curves.js'
import { gridFigure, grids, walkMeaning } from './generated.js'

/** What is measured of a run, by name; absent where it was not. */
const measures = {
  ACC: (run: Run) => run.config.metrics?.acc,
  NMI: (run: Run) => run.config.metrics?.nmi,
  ARI: (run: Run) => run.config.metrics?.ari,
  evidence: (run: Run) => {
    const last = run.config.history.findLast(({ values }) => values.elbo !== undefined || values.logLikelihood !== undefined)?.values
    return last?.elbo ?? last?.logLikelihood
  },
  criterion: (run: Run) => run.config.restarts.find(({ seed }) => seed === run.config.seed)?.criterion ?? undefined,
  'empty clusters': (run: Run) => run.recording?.sizes?.filter(size => size === 0).length,
  seconds: (run: Run) => run.config.phases.reduce((sum, phase) => sum + phase.seconds, 0)
} as const satisfies Record<string, (run: Run) => number | undefined>

type Measure = keyof typeof measures

/** Everything that was set for a run, by name. */
const settings = ({ method, config }: Run): Readonly<Record<string, unknown>> => ({
  method: method.title,
  preset: config.preset ?? '',
  ...config.options,
  seed: config.seed,
  n: config.n,
  device: config.device,
  precision: config.precision
})

/** Names of the settings that are not the same in all runs; of an option that only some methods have, where they differ. */
export function differing(runs: readonly Run[]): readonly string[] {
  const all = runs.map(settings)
  const several = new Set(runs.map(({ method }) => method.name)).size > 1
  const names = [...new Set(all.flatMap(Object.keys))]
  const values = (name: string): readonly string[] => all.filter(set => name in set).map(set => JSON.stringify(set[name]))
  // Of different methods most options differ; what their users set tells them apart.
  const given = (name: string): boolean => !several || !runs.some(run => name in run.method.options) || runs.some(run => name in run.config.given)
  return names.filter(name => new Set(values(name)).size > 1 && given(name))
}

/** Runs that differ in nothing but their seed. */
function groupsOf(runs: readonly Run[]): readonly (readonly Run[])[] {
  const groups = new Map<string, Run[]>()
  for (const run of runs) {
    const { seed: _, ...rest } = settings(run)
    const key = JSON.stringify(rest)
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  return [...groups.values()]
}

const measured = (runs: readonly Run[]): readonly Measure[] =>
  (Object.keys(measures) as Measure[]).filter(name =>
    runs.some(run => (name === 'empty clusters' ? measures[name](run) : measures[name](run) !== undefined))
  )

const shown = (name: Measure, value: number | undefined): string =>
  value === undefined ? '' : name === 'seconds' ? seconds(value) : name === 'empty clusters' ? String(value) : value.toFixed(4)

function moments(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  // Of a sample: divided by one less than their number.
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1)) }
}

function tableOf(runs: readonly Run[]): Markup {
  const names = differing(runs)
  const columns = measured(runs)
  return html`<div class="wide"><table><tr><th>run</th>${names.map(name => html`<th>${name}</th>`)}${columns.map(name => html`<th class="number">${name}</th>`)}</tr>
${runs.map(run => {
  const set = settings(run)
  return html`<tr><td>${run.name}</td>${names.map(name => html`<td>${set[name] === undefined ? '' : written(set[name])}</td>`)}${columns.map(name => html`<td class="number">${shown(name, measures[name](run))}</td>`)}</tr>`
})}</table></div>`
}

function meansOf(runs: readonly Run[]): Markup | undefined {
  const groups = groupsOf(runs).filter(group => group.length > 1)
  if (groups.length === 0) return undefined
  const columns = measured(runs)
  const names = differing(runs).filter(name => name !== 'seed')
  return html`<h3>Mean ± standard deviation over seeds</h3><div class="wide"><table><tr><th>runs</th>${names.map(name => html`<th>${name}</th>`)}${columns.map(name => html`<th class="number">${name}</th>`)}</tr>
${groups.map(group => {
  const set = settings(group[0]!)
  return html`<tr><td>${group.length}</td>${names.map(name => html`<td>${set[name] === undefined ? '' : written(set[name])}</td>`)}${columns.map(
    name => {
      const values = group.flatMap(run => measures[name](run) ?? [])
      if (values.length < 2) return html`<td class="number"></td>`
      const { mean, deviation } = moments(values)
      return html`<td class="number">${shown(name, mean)} ± ${name === 'seconds' || name === 'empty clusters' ? deviation.toFixed(1) : deviation.toFixed(4)}</td>`
    }
  )}</tr>`
})}</table></div>`
}

/** A measure against a setting of one method that is a number and differs, a dot a run and a line through the means. */
export function sweepCharts(runs: readonly Run[]): readonly { readonly title: string; readonly chart: Chart }[] {
  if (new Set(runs.map(({ method }) => method.name)).size > 1) return []
  const varied = differing(runs).filter(name => name !== 'seed' && runs.every(run => typeof settings(run)[name] === 'number'))
  const score = (['ACC', 'evidence', 'criterion'] as const).find(name => runs.every(run => measures[name](run) !== undefined))
  if (!score) return []
  return varied.slice(0, 6).map(name => {
    const points = runs.map(run => ({ name: run.name, value: settings(run)[name] as number, score: measures[score](run)! }))
    const means = [...new Set(points.map(({ value }) => value))]
      .sort((a, b) => a - b)
      .map(value => ({ value, score: moments(points.filter(point => point.value === value).map(point => point.score)).mean }))
    return {
      title: `${score} by ${name}`,
      chart: chart({
        ariaLabel: `${score} by ${name}`,
        width: 400,
        height: 230,
        marginLeft: 52,
        marginTop: 20,
        x: { label: name },
        y: { label: score, grid: true, nice: true },
        marks: [
          Plot.lineY(means, { x: 'value', y: 'score', stroke: accent, strokeOpacity: 0.5 }),
          Plot.dot(points, {
            x: 'value',
            y: 'score',
            fill: accent,
            r: 4,
            title: (point: { name: string; score: number }) => `${point.name}: ${point.score.toFixed(4)}`
          })
        ]
      })
    }
  })
}

/** A number of the history in all runs that have it. */
function overlay(runs: readonly Run[], name: string): Chart {
  const points = runs.flatMap((run, index) =>
    steps(run).flatMap(({ at, phase, values }) => (values[name] === undefined ? [] : [{ at, phase, run: run.name, index, value: values[name] }]))
  )
  const ends = runs.flatMap((_, index) => points.filter(point => point.index === index).slice(-1))
  return chart({
    ariaLabel: titleOf(name),
    width: 400,
    height: 230,
    marginLeft: 52,
    marginRight: 70,
    marginTop: 20,
    color: { type: 'identity' },
    x: { label: 'epoch of the run', ticks: 5, tickFormat: 'd' },
    y: { label: null, grid: true, nice: true },
    marks: [
      Plot.lineY(points, {
        x: 'at',
        y: 'value',
        z: (point: { index: number; phase: string }) => `${point.index} ${point.phase}`,
        stroke: (point: { index: number }) => colourOf(point.index)
      }),
      ...(runs.length > 6
        ? []
        : [
            Plot.text(ends, {
              x: 'at',
              y: 'value',
              text: (point: { run: string }) => point.run.slice(0, 12),
              dx: 5,
              textAnchor: 'start',
              fill: (point: { index: number }) => colourOf(point.index)
            })
          ])
    ]
  })
}

/** The adjusted Rand index of every two runs, on the items that both recorded. */
export function agreementChart(runs: readonly Run[]): Chart | undefined {
  const clustered = runs.filter(run => run.recording?.labels)
  if (clustered.length < 2 || clustered.length > 40) return undefined
  const names = clustered.map(({ name }, i) => (clustered.findIndex(other => other.name === name) === i ? name : `${name} (${i + 1})`))
  const cells = clustered.flatMap((a, i) =>
    clustered.flatMap((b, j) => {
      const value = agreement(a, b)
      return value === undefined ? [] : [{ a: names[i]!, b: names[j]!, value }]
    })
  )
  const side = Math.max(34, Math.min(64, 460 / clustered.length))
  const left = 20 + 7 * Math.max(...names.map(name => Math.min(24, name.length)))
  return chart({
    ariaLabel: 'Agreement of the runs',
    width: left + side * clustered.length + 10,
    height: left * 0.55 + side * clustered.length + 10,
    marginLeft: left,
    marginTop: left * 0.55,
    marginBottom: 4,
    padding: 0.04,
    x: { label: null, axis: 'top', domain: names, tickSize: 0, ...(clustered.length > 3 && { tickRotate: -35 }) },
    y: { label: null, domain: names, tickSize: 0 },
    color: { type: 'identity' },
    opacity: { type: 'identity' },
    marks: [
      Plot.cell(cells, {
        x: 'a',
        y: 'b',
        fill: 'var(--accent, #4269d0)',
        fillOpacity: (cell: { value: number }) => 0.06 + 0.94 * Math.max(0, cell.value),
        rx: 2
      }),
      Plot.text(cells, {
        x: 'a',
        y: 'b',
        text: (cell: { value: number }) => cell.value.toFixed(2),
        fill: (cell: { value: number }) => (cell.value > 0.5 ? 'white' : 'currentColor')
      })
    ]
  })
}

function agreement(a: Run, b: Run): number | undefined {
  if (a.config.n !== b.config.n) return undefined
  const [first, second] = [a.recording!, b.recording!]
  const place = new Map(Array.from(second.items, (item, i) => [item, i]))
  const shared = [...first.items.keys()].filter(i => place.has(first.items[i]!))
  if (shared.length === 0) return undefined
  return ari(
    shared.map(i => first.labels![i]!),
    shared.map(i => second.labels![place.get(first.items[i]!)!]!)
  )
}

function latents(runs: readonly Run[]): Markup | undefined {
  const drawn = runs.slice(0, 24).flatMap(run => {
    const view = viewsOf(run).at(-1)
    return view
      ? [
          html`<figure>${markupOf(latentChart(principalLayouts([view])[0]!, run.recording!.labels, run.recording!.labels !== undefined && clustersOf(run) <= 30, 220))}<figcaption>${run.name}${view.accuracy !== undefined && ` · ACC ${view.accuracy.toFixed(3)}`}</figcaption></figure>`
        ]
      : []
  })
  return drawn.length > 0 ? html`<div class="runs">${drawn}</div>` : undefined
}

/** Grids of the same kind from several runs beside each other, as an InfoGAN's codes beside a plain GAN's. */
function generatedBeside(runs: readonly Run[]): Markup | undefined {
  const all = runs.flatMap(run => grids(run).map(entry => ({ ...entry, run })))
  if (all.length === 0) return undefined
  const names = [...new Set(all.map(({ name }) => name))]
  const of = (name: string): typeof all => all.filter(entry => entry.name === name)
  const heading = (name: string): string => (new Set(of(name).map(({ title }) => title)).size === 1 ? of(name)[0]!.title : 'Generated')
  const several = new Set(runs.map(({ method }) => method.name)).size > 1
  const caption = ({ name, method }: Run): string => (several ? `${name} · ${method.title}` : name)
  return html`${names.some(name => name !== 'samples') && walkMeaning}${names.map(name => html`<h3>${heading(name)}</h3><div class="grids">${of(name).map(entry => gridFigure(entry, caption(entry.run), `${name} of ${entry.run.name}`))}</div>`)}`
}

/** The sections of the comparison. */
export function comparison(runs: readonly Run[]): readonly { readonly id: string; readonly title: string; readonly body: Markup }[] {
  const sweeps = sweepCharts(runs)
  const names = [...new Set(runs.flatMap(numberNames))].filter(
    name => name !== 'sizes' && runs.filter(run => numberNames(run).includes(name)).length > 1
  )
  const agree = agreementChart(runs)
  const [maps, made] = [latents(runs), generatedBeside(runs)]
  return [
    { id: 'runs', title: 'The runs', body: html`${tableOf(runs)}${meansOf(runs)}` },
    ...(sweeps.length > 0
      ? [
          {
            id: 'sweep',
            title: 'What a setting does',
            body: html`<div class="charts">${sweeps.map(({ title, chart: drawn }) => html`<figure><figcaption>${title}</figcaption>${markupOf(drawn)}</figure>`)}</div>`
          }
        ]
      : []),
    ...(agree
      ? [
          {
            id: 'agreement',
            title: 'Agreement',
            body: html`<p>The adjusted Rand index of every two runs on the items that both recorded: 1 where they found the same clusters, 0 for chance.</p>${markupOf(agree)}`
          }
        ]
      : []),
    ...(maps
      ? [{ id: 'latents', title: 'The latent spaces', body: html`<p>Principal components at the end of each run; colours are clusters.</p>${maps}` }]
      : []),
    ...(made ? [{ id: 'generated', title: 'What the models generate', body: made }] : []),
    ...(names.length > 0
      ? [
          {
            id: 'curves',
            title: 'Curves',
            body: html`<ul class="keys">${runs.map(({ name }, index) => html`<li style="--colour: ${colourOf(index)}">${name}</li>`)}</ul><div class="charts">${names.map(name => html`<figure><figcaption>${name === 'acc' ? 'ACC' : titleOf(name)}</figcaption>${markupOf(overlay(runs, name))}</figure>`)}</div>`
          }
        ]
      : [])
  ]
}
