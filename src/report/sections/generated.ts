/** What a generative model makes: items, and walks along its codes. */

import { type Bitmap, grid } from '../../data/index.js'
import { dataUri } from '../images.js'
import { html, type Markup } from '../markup.js'
import { clustersOf, type Run } from '../run.js'
import { originalPixels } from './members.js'
import type { Section } from './section.js'

/** Pixels between the images of a grid. */
const gap = 2

/** Images in rows and columns. */
export interface Grid {
  readonly name: string
  readonly title: string
  readonly bitmap: Bitmap
  /** What the columns are: values of the code that changes along them; absent where they are draws, or the run did not keep them. */
  readonly columns?: readonly string[] | undefined
}

/** Columns whose values are written above them, at most: of more they would run together. */
const mostLabels = 16

/** What a walk along a code is called: with its first and last value, where the run kept them. */
function walkTitle(code: string, values: readonly number[] | undefined): string {
  return values ? `Code ${code} from ${short(values[0]!)} to ${short(values.at(-1)!)}, one step a column` : `Code ${code}, one step a column`
}

const short = (value: number): string => String(Number(value.toFixed(1))).replace('-', '−')

/** Grids of a run by name: rows are clusters, or draws of the rest of the code; columns are draws, or steps of one code. */
export function grids(run: Run): readonly Grid[] {
  const pixels = originalPixels(run)
  if (!run.recording || !pixels) return []
  const { pictures } = run.recording
  const size = run.config.shape.reduce((product, side) => product * side, 1)
  return Object.entries(pictures).flatMap(([name, tensor]): readonly Grid[] => {
    const code = /^traversal\.(.*)$/.exec(name)?.[1]
    const [rows, columns] = tensor.shape as [number, number]
    if ((code === undefined && name !== 'samples') || rows * columns * size !== tensor.data.length) return []
    const bitmap = grid(tensor, pixels, columns, gap)
    if (code === undefined) return [{ name, title: rows === clustersOf(run) ? 'Generated, a cluster a row' : 'Generated', bitmap }]
    const kept = pictures[`steps.${code}`]?.data
    const values = kept?.length === columns ? Array.from(kept, Number) : undefined
    return [{ name, title: walkTitle(code, values), bitmap, columns: values && columns <= mostLabels ? values.map(short) : undefined }]
  })
}

/** A grid with the values of its columns above them. */
export function gridFigure({ bitmap, columns }: Grid, caption: string, alt: string): Markup {
  return html`<figure>${columns && html`<div class="steps">${columns.map(value => html`<span>${value}</span>`)}</div>`}<img src="${dataUri(bitmap)}" width="${bitmap.width}" height="${bitmap.height}" alt="${alt}"><figcaption>${caption}</figcaption></figure>`
}

/** What the rows of walks have in common. */
export const walkMeaning = html`<p>Along a row one code changes, and everything else that the generator is given stays. Where a number changes, each row is of another category of the first code.</p>`

export const generated: Section = {
  id: 'generated',
  title: 'What the model generates',
  body({ run }) {
    const all = grids(run)
    if (all.length === 0) return undefined
    return html`${all.some(({ name }) => name !== 'samples') && walkMeaning}<div class="grids">${all.map(entry => gridFigure(entry, entry.title, entry.title))}</div>`
  }
}
