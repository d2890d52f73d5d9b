/** Scores of each epoch's assignments, where true labels were given to `fit`. The labels stay here. */

import { evaluate } from '../metrics/index.js'
import type { NativeEvent } from '../native/addon.js'

/** The event with `acc`, `nmi` and `ari` among its values, if it carries assignments. */
export function scored(event: NativeEvent, labels: Int32Array | undefined): NativeEvent {
  if (!labels || event.type !== 'epoch' || !event.assignments) return event
  const { acc, nmi, ari } = evaluate(event.items ? labelsOf(labels, event.items) : labels, event.assignments)
  return { ...event, values: { ...event.values, acc, nmi, ari } }
}

const labelsOf = (labels: Int32Array, items: Int32Array): Int32Array => Int32Array.from(items, item => labels[item]!)
