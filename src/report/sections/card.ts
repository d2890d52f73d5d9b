/** The run's card: what was trained, on what, how, and how long it took. */

import { written } from '../../options/describe.js'
import { type Chart, chart, markupOf, Plot } from '../charts.js'
import { html, type Markup } from '../markup.js'
import { accent } from '../palette.js'
import { changedOptions, clustersOf, type Run } from '../run.js'
import type { Section } from './section.js'

export const seconds = (value: number): string => (value >= 90 ? `${(value / 60).toFixed(1)} min` : `${value.toFixed(value < 10 ? 1 : 0)} s`)

/** Bars of the time of each phase. */
export function phasesChart({ config }: Run): Chart {
  const phases = config.phases.filter(phase => phase.seconds > 0)
  return chart({
    ariaLabel: 'Time of each phase',
    width: 460,
    height: 26 * phases.length + 10,
    marginLeft: 96,
    marginRight: 64,
    marginTop: 4,
    marginBottom: 4,
    x: { axis: null },
    y: { label: null, domain: phases.map(({ name }) => name), tickSize: 0 },
    marks: [
      Plot.barX(phases, { x: 'seconds', y: 'name', fill: accent, insetTop: 3, insetBottom: 3, rx: 2 }),
      Plot.text(phases, { x: 'seconds', y: 'name', text: (phase: { seconds: number }) => seconds(phase.seconds), dx: 5, textAnchor: 'start' })
    ]
  })
}

const row = (label: string, value: Markup | string | undefined): Markup | false => value !== undefined && html`<dt>${label}</dt><dd>${value}</dd>`

export const card: Section = {
  id: 'run',
  title: 'The run',
  body({ run }) {
    const { method, config, recording } = run
    const changed = changedOptions(run)
    const versions = Object.entries(recording?.versions ?? {}).map(([name, version]) => `${name} ${version}`)
    const total = config.phases.reduce((sum, phase) => sum + phase.seconds, 0)
    return html`<p class="lead">${method.summary}.</p>
<div class="columns"><dl>
${row('Data', recording?.names.data)}
${row('Items', `${config.n.toLocaleString('en')} of shape ${config.shape.join(' × ')}`)}
${row('Clusters', clustersOf(run) > 0 ? String(clustersOf(run)) : undefined)}
${row('Preset', config.preset === null ? undefined : html`${config.preset}<small>${method.presets[config.preset]?.adds}</small>`)}
${row('Seed', String(config.seed))}
${row('Device', `${config.device}, ${config.precision}, ${config.threads} thread${config.threads === 1 ? '' : 's'}`)}
${row('Versions', versions.length > 0 ? versions.join(', ') : undefined)}
${config.restarts.length > 1 && row('Restarts', html`${config.restarts.map(({ seed, criterion }) => html`seed ${seed}: ${criterion === null ? 'none' : criterion.toPrecision(4)}${seed === config.seed ? ' (kept)' : ''}<br>`)}`)}
</dl><figure><figcaption>${seconds(total)} in all, by phase</figcaption>${markupOf(phasesChart(run))}</figure></div>
${
  changed.length === 0
    ? html`<p>Every option has the value that ${config.preset === null ? 'it has by default' : `the preset ${config.preset} gives`}.</p>`
    : html`<details open><summary>Options that differ from ${config.preset === null ? 'the defaults' : `the preset ${config.preset}`}</summary><table><tr><th>option</th><th>value</th><th>else</th><th>what it does</th></tr>${changed.map(
        ({ name, value, usual }) =>
          html`<tr><td><code>${name}</code></td><td>${written(value)}</td><td>${usual === undefined ? '' : written(usual)}</td><td>${method.options[name]?.meaning}</td></tr>`
      )}</table></details>`
}
<details><summary>All options</summary><table>${Object.entries(config.options).map(([name, value]) => html`<tr><td><code>${name}</code></td><td>${written(value)}</td></tr>`)}</table></details>`
  }
}
