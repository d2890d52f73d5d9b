/** The embedding with a slider over epochs: drawn once, moved by the page's script. */

import type { LatentData, Packed } from '../browser/data.js'
import { markupOf } from '../charts.js'
import { latentChart, latentPixel, mappedViews, principalLayouts, viewsOf } from '../latent.js'
import { html, json } from '../markup.js'
import { colourOf } from '../palette.js'
import type { Layout } from '../projection.js'
import { className, featureName, type Run } from '../run.js'
import type { Section } from './section.js'

const base64 = (numbers: Uint16Array): Packed => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64')

/** Places in 32ths of a pixel. */
const places = (layout: Layout): Packed => base64(Uint16Array.from(layout, (value, i) => Math.round(32 * latentPixel(value, i % 2 === 1))))

/** Groups one higher than they are, 0 for none. */
const groups = (values: Int32Array | undefined): Packed | null => (values ? base64(Uint16Array.from(values, value => value + 1)) : null)

/** The features in which a vector differs most from the mean of all, as text. */
function remarkable(run: Run, item: number): string {
  const { data, profile } = run.recording!
  const features = data.shape[1]!
  const values = Array.from({ length: features }, (_, feature) => Number(data.data[item * features + feature]))
  const distance = (feature: number): number =>
    profile ? Math.abs(values[feature]! - profile.mean[feature]!) / (profile.deviation[feature]! || 1) : 0
  return [...values.keys()]
    .sort((a, b) => distance(b) - distance(a))
    .slice(0, 4)
    .map(feature => `${featureName(run, feature)} ${values[feature]!.toPrecision(3)}`)
    .join('\n')
}

export const latent: Section = {
  id: 'latent',
  title: 'The latent space',
  body({ run, maps }) {
    const views = viewsOf(run)
    if (views.length === 0) return undefined
    const { recording, pixels } = run
    const { items, labels, truth } = recording!
    const layouts = principalLayouts(views)
    const mapped = mappedViews(views, maps)
    const last = views.length - 1
    const classes = truth && [...new Set(truth)].sort((a, b) => a - b)
    const data: LatentData = {
      items: [...items],
      titles: views.map(({ title, accuracy }) => title + (accuracy === undefined ? '' : ` · ACC ${accuracy.toFixed(3)}`)),
      pca: layouts.map(places),
      umap: { places: mapped.places, layouts: mapped.layouts.map(places) },
      now: views.map(({ assignments }) => groups(assignments)),
      end: groups(labels),
      truth: classes ? groups(truth.map(label => classes.indexOf(label))) : null,
      classes: classes?.map(label => className(run, label)) ?? [],
      colours: Array.from({ length: 10 }, (_, i) => colourOf(i)),
      texts: pixels ? [] : Array.from(items, (_, item) => remarkable(run, item))
    }
    const coloured = labels !== undefined || truth !== undefined || views.some(view => view.assignments)
    const embedded = recording!.frames.length > 0
    return html`<p>${embedded ? 'The embedding of' : 'This method has no embedding of its own: these are'} ${items.length.toLocaleString('en')} items${embedded && ' after some epochs of the training'}. PCA shows the two directions of largest variance, turned from epoch to epoch to match${mapped.places.length > 0 && '; UMAP keeps neighbours together, and its distances between groups mean little'}. Point at a dot to see the item${coloured && '; a click on a cluster number holds that cluster out'}.</p>
<div id="latent-view" class="latent">
<div class="controls">
<label>Layout <select data-control="layout"><option value="pca">PCA</option>${mapped.places.length > 0 && html`<option value="umap">UMAP</option>`}</select></label>
<label${!coloured && html` hidden`}>Colour <select data-control="colour">${labels && html`<option value="end">cluster at the end</option>`}${views.some(view => view.assignments) && html`<option value="now">cluster at that epoch</option>`}${truth && html`<option value="truth">true label</option>`}</select></label>
<button type="button" data-control="play">Play</button>
<label class="slider"><input type="range" min="0" max="${last}" step="1" value="${last}" data-control="epoch" aria-label="Recorded epoch"><output>${data.titles[last]}</output></label>
</div>
<div class="stage">${markupOf(latentChart(layouts[last]!, labels, labels !== undefined))}</div>
<ul class="legend"></ul>
</div>
<script type="application/json" id="latent-data">${json(data)}</script>`
  }
}
