/** What draws, loaded at the first need: its libraries are optional, and none of them is needed to train or to serve. */

import { loadPeer } from '../peers.js'

type Drawing = typeof import('./page.js') & typeof import('./plots.js')

/** @throws DeepClusteringError ERR_CHARTS_MISSING */
export const drawing = (): Promise<Drawing> => loadPeer('charts', async () => ({ ...(await import('./page.js')), ...(await import('./plots.js')) }))
