/** True labels against clusters, and the scores. */

import { type Chart, chart, markupOf, Plot } from '../charts.js'
import { html } from '../markup.js'
import { className, type Run } from '../run.js'
import type { Section } from './section.js'

/** Labels or clusters that a matrix is readable with. */
const mostSides = 60

interface Cell {
  readonly label: string
  readonly cluster: number
  readonly count: number
  readonly share: number
}

/** Clusters stand in the order of the class that most of their items are of, so that the matrix is nearly diagonal. */
export function confusionChart(run: Run): Chart | undefined {
  const confusion = run.recording?.confusion
  if (!confusion || Math.max(confusion.labels.length, confusion.clusters.length) > mostSides) return undefined
  const { labels, clusters, counts } = confusion
  const width = clusters.length
  const count = (row: number, column: number): number => counts[row * width + column]!
  const main = (column: number): number => labels.reduce((best, _, row) => (count(row, column) > count(best, column) ? row : best), 0)
  const order = [...clusters.keys()].sort((a, b) => main(a) - main(b) || a - b).map(column => clusters[column]!)
  const names = labels.map(label => className(run, label))
  const cells = labels.flatMap((_, row) => {
    const total = clusters.reduce((sum, _, column) => sum + count(row, column), 0)
    return clusters.map(
      (cluster, column): Cell => ({ label: names[row]!, cluster, count: count(row, column), share: count(row, column) / Math.max(1, total) })
    )
  })
  const side = Math.max(20, Math.min(46, 560 / Math.max(labels.length, width)))
  return chart({
    ariaLabel: 'Confusion matrix',
    width: 60 + 8 * Math.max(2, ...names.map(name => Math.min(20, name.length))) + side * width,
    height: 60 + side * labels.length,
    marginLeft: 40 + 8 * Math.max(2, ...names.map(name => Math.min(20, name.length))),
    marginTop: 44,
    marginBottom: 10,
    padding: 0.04,
    x: { label: 'cluster', axis: 'top', domain: order, tickSize: 0 },
    y: { label: 'true label', domain: [...new Set(names)], tickSize: 0 },
    marks: [
      Plot.cell(cells, {
        x: 'cluster',
        y: 'label',
        fill: 'var(--accent, #4269d0)',
        fillOpacity: (cell: Cell) => 0.06 + 0.94 * cell.share,
        rx: 2,
        title: (cell: Cell) => `${cell.count} of label ${cell.label} in cluster ${cell.cluster}`
      }),
      ...(side < 26
        ? []
        : [
            Plot.text(
              cells.filter(cell => cell.count > 0),
              {
                x: 'cluster',
                y: 'label',
                text: 'count',
                fill: (cell: Cell) => (cell.share > 0.45 ? 'white' : 'currentColor'),
                fontSize: side < 34 ? 8 : 10
              }
            )
          ])
    ],
    color: { type: 'identity' },
    opacity: { type: 'identity' }
  })
}

export const confusion: Section = {
  id: 'confusion',
  title: 'Against the true labels',
  body({ run }) {
    const { metrics } = run.config
    const drawn = confusionChart(run)
    if (!metrics && !drawn) return undefined
    return html`${metrics && html`<p class="scores"><span><b>${metrics.acc.toFixed(4)}</b> ACC</span><span><b>${metrics.nmi.toFixed(4)}</b> NMI</span><span><b>${metrics.ari.toFixed(4)}</b> ARI</span></p>`}
<p>The labels were not known to the training. ${drawn && 'Each cell counts the items of a label (row) in a cluster (column); its shade is the share of that label.'}</p>
${drawn && markupOf(drawn)}`
  }
}
