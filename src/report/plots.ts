/** The pictures of a report one by one, as SVG or PNG. */

import { type Bitmap, type Dataset, grid, png, rowsAt } from '../data/index.js'
import { DeepClusteringError, expected } from '../errors.js'
import type { Tensor } from '../native/addon.js'
import { chart, Plot } from './charts.js'
import { clusterFacts } from './clusters.js'
import { dataUri, enlarged } from './images.js'
import { inside, mappedViews, medians, principalLayouts, type View, viewsOf } from './latent.js'
import { colourOf } from './palette.js'
import type { Layout } from './projection.js'
import type { Run } from './run.js'
import { phasesChart } from './sections/card.js'
import { confusionChart } from './sections/confusion.js'
import { curveChart, numberNames } from './sections/curves.js'
import { grids } from './sections/generated.js'
import { originalPixels } from './sections/members.js'
import { periodsChart, treeChart } from './sections/merging.js'
import { profileChart } from './sections/profile.js'

/** A picture: drawn, or of pixels. */
export type Picture = { readonly svg: string } | { readonly bitmap: Bitmap }

export interface PictureChoices {
  readonly layout: 'pca' | 'umap'
  /** Views of the latent space beside each other, the last always. */
  readonly frames: number
  /** Items of each cluster. */
  readonly count: number
}

interface Kind {
  readonly meaning: string
  /** `undefined` where the run has no such picture. */
  draw(run: Run, choices: PictureChoices): Picture | undefined
}

/** Every kind of picture that does not depend on the run. */
export const pictureKinds = {
  latent: {
    meaning: 'the latent space after one epoch or several, with clusters in colour',
    draw: (run, { layout, frames }) => latentFigure(run, layout, frames)
  },
  clusters: { meaning: 'typical images of each cluster, a row each', draw: membersFigure },
  prototypes: { meaning: 'the decoded centre of each cluster', draw: run => ofItems(run, run.recording?.pictures.prototypes) },
  generated: { meaning: 'generated images, a row for each cluster', draw: run => grids(run).find(({ name }) => name === 'samples') },
  confusion: { meaning: 'true labels against clusters', draw: confusionChart },
  sizes: {
    meaning: 'the size of each cluster over the epochs',
    draw: run => (numberNames(run).includes('sizes') ? curveChart(run, 'sizes') : undefined)
  },
  profile: { meaning: 'for vectors: the mean of each feature in each cluster', draw: profileChart },
  tree: { meaning: 'the last merges of JULE or linkage', draw: treeChart },
  periods: { meaning: 'the number of clusters by period of JULE', draw: periodsChart },
  phases: { meaning: 'the time of each phase', draw: phasesChart }
} as const satisfies Record<string, Kind>

/** What can be drawn of a run: kinds, the numbers of its history, and grids that its method added. */
export function pictureNames(run: Run): readonly string[] {
  const fixed = Object.keys(pictureKinds) as (keyof typeof pictureKinds)[]
  const walks = grids(run).flatMap(({ name }) => (name === 'samples' ? [] : [name]))
  return [...fixed, ...numberNames(run).filter(name => name !== 'sizes'), ...walks]
}

/** @throws RangeError for a name that there is none of; DeepClusteringError ERR_NOT_FITTED where the run has no such picture */
export function drawPicture(run: Run, name: string, choices: PictureChoices): Picture {
  const names = pictureNames(run)
  if (!names.includes(name)) throw new RangeError(expected(`one of ${names.join(', ')}`, 'picture', name))
  const kind = (pictureKinds as Readonly<Record<string, Kind>>)[name]
  const picture = kind
    ? kind.draw(run, choices)
    : numberNames(run).includes(name)
      ? curveChart(run, name)
      : grids(run).find(entry => entry.name === name)
  if (!picture)
    throw new DeepClusteringError(
      'ERR_NOT_FITTED',
      `The run ${run.name} has no picture \`${name}\`${run.recording ? '' : ': it was trained without a record'}`
    )
  return picture
}

function ofItems(run: Run, items: Tensor | undefined): Picture | undefined {
  const pixels = originalPixels(run)
  return items && pixels && { bitmap: grid(items, pixels, items.shape[0]!, 2) }
}

function membersFigure(run: Run, { count }: PictureChoices): Picture | undefined {
  if (!run.recording || !run.pixels) return undefined
  const rows = clusterFacts(run).filter(({ members }) => members.length > 0)
  if (rows.length === 0) return undefined
  const columns = Math.min(count, Math.max(...rows.map(({ members }) => members.length)))
  // A row that is not full ends in grey.
  const size = run.recording.data.data.length / run.recording.data.shape[0]!
  const data = new Float32Array(rows.length * columns * size).fill((run.pixels.low + run.pixels.high) / 2)
  rows.forEach(({ members }, row) =>
    data.set(rowsAt(run.recording!.data as Dataset, Int32Array.from(members.slice(0, columns))).data, row * columns * size)
  )
  return { bitmap: grid({ data }, run.pixels, columns, 2) }
}

function latentFigure(run: Run, layout: 'pca' | 'umap', frames: number): Picture | undefined {
  const views = viewsOf(run)
  if (views.length === 0) return undefined
  if (layout === 'umap') {
    const { places, layouts } = mappedViews(views, frames)
    if (places.length === 0) return undefined
    return facets(
      run,
      places.map(place => views[place]!),
      layouts
    )
  }
  const all = principalLayouts(views)
  const shown = Math.min(frames, views.length)
  const places = Array.from({ length: shown }, (_, i) => views.length - 1 - Math.floor((i * views.length) / shown)).reverse()
  return facets(
    run,
    places.map(place => views[place]!),
    places.map(place => all[place]!)
  )
}

/** Views beside each other, each with its epoch and accuracy above it. */
function facets(run: Run, views: readonly View[], layouts: readonly Layout[]): Picture {
  const columns = Math.min(views.length, 4)
  const rows = Math.ceil(views.length / columns)
  const side = views.length === 1 ? 560 : 260
  const place = (i: number): { readonly fx: number; readonly fy: number } => ({ fx: i % columns, fy: Math.floor(i / columns) })
  // The colours of the end show in every picture where its clusters come from.
  const groups = run.recording!.labels
  const points = layouts.flatMap((layout, i) =>
    Array.from({ length: layout.length / 2 }, (_, item) => ({
      ...place(i),
      x: inside(layout[2 * item]!),
      y: inside(layout[2 * item + 1]!),
      colour: colourOf(groups?.[item] ?? -1)
    }))
  )
  const names = groups ? layouts.flatMap((layout, i) => medians(layout, groups).map(middle => ({ ...place(i), ...middle }))) : []
  const captions = views.map(({ title, accuracy }, i) => ({
    ...place(i),
    text: title + (accuracy === undefined ? '' : `\nACC ${accuracy.toFixed(3)}`)
  }))
  return chart({
    ariaLabel: 'The embedding of the recorded items',
    width: columns * (side + 10),
    height: rows * (side + 44),
    margin: 4,
    marginTop: 6,
    color: { type: 'identity' },
    x: { axis: null, domain: [-inside(Infinity), inside(Infinity)] },
    y: { axis: null, domain: [-inside(Infinity), inside(Infinity) * 1.25] },
    fx: { axis: null, padding: 0.03 },
    fy: { axis: null, padding: 0.03 },
    marks: [
      Plot.frame({ stroke: 'currentColor', strokeOpacity: 0.15, rx: 4 }),
      Plot.dot(points, { x: 'x', y: 'y', fx: 'fx', fy: 'fy', r: side > 300 ? 2.4 : 1.3, fill: 'colour', fillOpacity: 0.8 }),
      Plot.text(names, {
        x: 'x',
        y: 'y',
        fx: 'fx',
        fy: 'fy',
        text: 'cluster',
        fontSize: side > 300 ? 15 : 11,
        fontWeight: 700,
        stroke: 'white',
        strokeWidth: 3.5,
        fill: 'black'
      }),
      Plot.text(captions, { fx: 'fx', fy: 'fy', text: 'text', frameAnchor: 'top', dy: 8, fontSize: 12, lineHeight: 1.25, fontWeight: 600 })
    ]
  })
}

/** A picture as a file of SVG; pixels stand in it as an image that is enlarged without blur. */
export function svgOf(picture: Picture, scale: number): string {
  // Outside the page there are no variables: what stands for them is taken.
  if ('svg' in picture) return picture.svg.replace(/var\(--[a-z]+, ([^)]+)\)/g, '$1')
  const { bitmap } = picture
  const [width, height] = [bitmap.width * scale, bitmap.height * scale]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><image width="${width}" height="${height}" style="image-rendering: pixelated" href="${dataUri(bitmap)}"/></svg>`
}

/**
 * A picture as a PNG file, on white.
 * @throws DeepClusteringError ERR_SHARP_MISSING where a drawn one needs sharp and that is not installed
 */
export async function pngOf(picture: Picture, scale: number): Promise<Buffer> {
  if ('bitmap' in picture) return png(enlarged(picture.bitmap, scale))
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new DeepClusteringError(
      'ERR_SHARP_MISSING',
      'sharp, which turns drawings into PNG, is not installed. Install it with `npm install sharp`, or write SVG',
      { cause }
    )
  })
  return sharp(Buffer.from(svgOf(picture, scale)), { density: 72 * scale })
    .flatten({ background: 'white' })
    .png({ compressionLevel: 9, palette: true })
    .toBuffer()
}
