/** What a generative model makes: items, and walks along its codes. */

import { grid, type Bitmap } from '../../data/index.js'
import { dataUri } from '../images.js'
import { html } from '../markup.js'
import { clustersOf, type Run } from '../run.js'
import { originalPixels } from './members.js'
import type { Section } from './section.js'

/** What a walk along a code is called: with its first and last value, where the run kept them. */
function walkTitle(run: Run, code: string): string {
  const values = run.recording!.pictures[`steps.${code}`]?.data
  return values ? `Code ${code} from ${values[0]} to ${values.at(-1)}, one step a column` : `Code ${code}, one step a column`
}

/** Grids of a run by name: rows are clusters, or draws of the rest of the code; columns are draws, or steps of one code. */
export function grids(run: Run): readonly { readonly name: string; readonly title: string; readonly bitmap: Bitmap }[] {
  const pixels = originalPixels(run)
  if (!run.recording || !pixels) return []
  const size = run.config.shape.reduce((product, side) => product * side, 1)
  return Object.entries(run.recording.pictures).flatMap(([name, tensor]) => {
    const walk = /^traversal\.(.*)$/.exec(name)?.[1]
    const [rows, columns] = tensor.shape as [number, number]
    if ((walk === undefined && name !== 'samples') || rows * columns * size !== tensor.data.length) return []
    const title = walk !== undefined ? walkTitle(run, walk) : rows === clustersOf(run) ? 'Generated, a cluster a row' : 'Generated'
    return [{ name, title, bitmap: grid(tensor, pixels, columns, 2) }]
  })
}

export const generated: Section = {
  id: 'generated',
  title: 'What the model generates',
  body({ run }) {
    const all = grids(run)
    if (all.length === 0) return undefined
    return html`<div class="grids">${all.map(({ title, bitmap }) => html`<figure><img src="${dataUri(bitmap)}" width="${bitmap.width}" height="${bitmap.height}" alt="${title}"><figcaption>${title}</figcaption></figure>`)}</div>`
  }
}
