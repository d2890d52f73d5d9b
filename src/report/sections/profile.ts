/** For vectors: how each cluster differs by feature. */

import { type Chart, chart, markupOf, Plot } from '../charts.js'
import { html } from '../markup.js'
import { clustersOf, featureName, type Run } from '../run.js'
import type { Section } from './section.js'

const mostFeatures = 40

/** Means of each cluster in deviations of all items, for the features in which clusters differ most. */
export function profileChart(run: Run): Chart | undefined {
  const profile = run.recording?.profile
  const k = clustersOf(run)
  if (!profile || run.pixels || k === 0) return undefined
  const width = profile.mean.length
  const means = profile.means.data as Float32Array
  const z = (cluster: number, feature: number): number =>
    (means[cluster * width + feature]! - profile.mean[feature]!) / (profile.deviation[feature]! || 1)
  const alive = Array.from({ length: k }, (_, cluster) => cluster).filter(cluster => (run.recording!.sizes?.[cluster] ?? 1) > 0)
  const importance = (feature: number): number => alive.reduce((sum, cluster) => sum + z(cluster, feature) ** 2, 0)
  const features = [...profile.mean.keys()]
    .sort((a, b) => importance(b) - importance(a))
    .slice(0, mostFeatures)
    .sort((a, b) => a - b)
  const names = features.map(feature => `${featureName(run, feature)}`)
  const unique = names.map((name, i) => (names.indexOf(name) === i ? name : `${name} (${features[i]! + 1})`))
  const cells = alive.flatMap(cluster =>
    features.map((feature, i) => ({ cluster, feature: unique[i]!, z: Math.max(-3, Math.min(3, z(cluster, feature))) }))
  )
  const left = 30 + 6.5 * Math.max(...unique.map(name => Math.min(30, name.length)))
  return chart({
    ariaLabel: 'Profile of the clusters',
    width: left + Math.max(14, Math.min(44, 640 / alive.length)) * alive.length + 10,
    height: 50 + 18 * features.length,
    marginLeft: left,
    marginTop: 40,
    marginBottom: 4,
    padding: 0.04,
    x: { label: 'cluster', axis: 'top', domain: alive, tickSize: 0 },
    y: { label: null, domain: unique, tickSize: 0 },
    color: { type: 'diverging', scheme: 'BuRd', domain: [-3, 3], reverse: false },
    marks: [
      Plot.cell(cells, {
        x: 'cluster',
        y: 'feature',
        fill: 'z',
        rx: 2,
        title: (cell: { feature: string; cluster: number; z: number }) => `${cell.feature}, cluster ${cell.cluster}: ${cell.z.toFixed(2)} deviations`
      })
    ]
  })
}

export const profile: Section = {
  id: 'profile',
  title: 'Profile by feature',
  body({ run }) {
    const drawn = profileChart(run)
    if (!drawn) return undefined
    return html`<p>The mean of each cluster, in standard deviations from the mean of all items: red above, blue below, from −3 to 3. ${run.recording!.profile!.mean.length > mostFeatures && `Shown are the ${mostFeatures} features in which clusters differ most.`}</p>${markupOf(drawn)}`
  }
}
