/** What the page is made of. A section is one file here and one line in `../page.ts`; it shows what it finds in a run. */

import type { ClusterFacts } from '../clusters.js'
import type { Markup } from '../markup.js'
import type { Run } from '../run.js'

/** A run, and what several sections need of it. */
export interface Shown {
  readonly run: Run
  readonly facts: readonly ClusterFacts[]
  /** UMAP maps at most; each takes about as long as the rest of the page. */
  readonly maps: number
}

export interface Section {
  /** Its anchor. */
  readonly id: string
  readonly title: string
  /** `undefined` where the run has nothing of this kind. */
  body(shown: Shown): Markup | undefined
}
