/** What stands out, in words. */

import { findings as found } from '../findings.js'
import { html } from '../markup.js'
import type { Section } from './section.js'

export const findings: Section = {
  id: 'findings',
  title: 'What stands out',
  body({ run, facts }) {
    const all = found(run, facts)
    if (all.length === 0)
      return facts.length > 0
        ? html`<p>Nothing: no cluster is empty, very small or very large, none lies upon another, and training gave no warning.</p>`
        : undefined
    return html`<ul class="findings">${all.map(({ kind, text }) => html`<li class="${kind}">${text}</li>`)}</ul>`
  }
}
