/** Observable Plot where there is no browser: its SVG as text. */

import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { Markup } from './markup.js'

// The compiler knows no browser's types here.
const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as {
  readonly document: NonNullable<Plot.PlotOptions['document']>
}

/** A drawn chart. */
export interface Chart {
  /** The `svg` element, with its namespace. */
  readonly svg: string
}

let drawn = 0

/** Draws a plot; its colours follow `currentColor`, so that it stands on light and dark ground. */
export function chart(options: Plot.PlotOptions): Chart {
  const element = Plot.plot({ style: { background: 'none', fontSize: '11px' }, ...options, className: `chart-${++drawn}`, document })
  element.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  if (options.ariaLabel) element.setAttribute('role', 'img')
  return { svg: (element as unknown as { outerHTML: string }).outerHTML }
}

export const markupOf = ({ svg }: Chart): Markup => new Markup(svg)

export { Plot }
