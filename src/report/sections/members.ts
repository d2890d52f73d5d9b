/** Each cluster: size, prototype, typical and least typical members, generated items, and the nearest other cluster. */

import { type Bitmap, grid, type Pixels } from '../../data/index.js'
import type { Tensor } from '../../native/addon.js'
import type { ClusterFacts } from '../clusters.js'
import { dataUri } from '../images.js'
import { html, type Markup } from '../markup.js'
import { colourOf } from '../palette.js'
import { className, clustersOf, featureName, type Run } from '../run.js'
import type { Section } from './section.js'

/** Clusters that get a card; the others are counted. */
const mostCards = 60
const shownMembers = 12

/** Kept items as parts of the page's one image of them. */
export function thumbs(run: Run, places: readonly number[]): Markup {
  return html`${places.map(place => html`<i class="thumb" data-place="${place}" title="${caption(run, place)}"></i>`)}`
}

function caption(run: Run, place: number): string {
  const { items, truth } = run.recording!
  return `item ${items[place]}${truth ? `, true label ${className(run, truth[place]!)}` : ''}`
}

/** One entry of a tensor `[k, …]`, as a tensor of items. */
export function entry({ data, shape }: Tensor, index: number, items: number): Tensor {
  const size = data.length / shape[0]!
  return {
    data: data.subarray(index * size, (index + 1) * size) as Float32Array,
    shape: [items, ...shape.slice(shape.length - (items === 1 ? shape.length - 1 : shape.length - 2))]
  }
}

/** The mean of a cluster's items as an image, where the profile has it. */
function meanImage(run: Run, cluster: number): Bitmap | undefined {
  const { profile, data } = run.recording!
  const { pixels } = run
  const fits = profile && pixels && profile.mean.length === data.shape.slice(1).reduce((product, side) => product * side, 1)
  return fits ? grid(entry(profile.means, cluster, 1), pixels, 1) : undefined
}

/** How prototypes and samples are shown: they have the shape of the original items, which the kept ones may be reduced from. */
export function originalPixels({ config, pixels }: Run): Pixels | undefined {
  const [height, width] = config.shape.slice(-2)
  return pixels && { ...pixels, height: height!, width: width! }
}

function picture(bitmap: Bitmap | undefined, alt: string, kind: string): Markup | undefined {
  return bitmap && html`<img class="${kind}" src="${dataUri(bitmap)}" alt="${alt}" width="${bitmap.width}" height="${bitmap.height}">`
}

/** The features in which a cluster's mean differs most, in deviations of all items. */
function peculiarities(run: Run, cluster: number): Markup | undefined {
  const profile = run.recording?.profile
  if (!profile || run.pixels) return undefined
  const features = profile.mean.length
  const z = Array.from(profile.mean, (mean, feature) => ({
    feature,
    z:
      (profile.means.data as Float32Array)[cluster * features + feature]! === mean
        ? 0
        : ((profile.means.data as Float32Array)[cluster * features + feature]! - mean) / (profile.deviation[feature]! || 1)
  }))
  const most = z.sort((a, b) => Math.abs(b.z) - Math.abs(a.z)).slice(0, 5)
  return html`<p class="features">${most.map(({ feature, z }) => html`<span>${featureName(run, feature)} <b>${z >= 0 ? '+' : '−'}${Math.abs(z).toFixed(1)} σ</b></span>`)}</p>`
}

function cardOf(run: Run, facts: ClusterFacts, largest: number): Markup {
  const { cluster, size, members, nearest, labels } = facts
  const { prototypes, samples } = run.recording!.pictures
  const pixels = originalPixels(run)
  const share = `${((100 * size) / run.config.n).toFixed(1)} %`
  const few = Math.min(shownMembers, Math.floor(members.length / 2))
  const prototype =
    pixels &&
    (prototypes
      ? picture(grid(entry(prototypes, cluster, 1), pixels, 1), `Prototype of cluster ${cluster}`, 'prototype')
      : picture(meanImage(run, cluster), `Mean of cluster ${cluster}`, 'prototype'))
  return html`<article class="cluster" id="cluster-${cluster}">
<header><b class="number" style="--colour: ${colourOf(cluster)}">${cluster}</b><span class="bar"><i style="width: ${((100 * size) / Math.max(1, largest)).toFixed(1)}%; background: ${colourOf(cluster)}"></i></span><span>${size.toLocaleString('en')} items, ${share}</span>
${labels && labels.length > 0 && html`<span class="classes">${labels.slice(0, 3).map(({ label, share: part }) => html`<span>${className(run, label)} <b>${(100 * part).toFixed(0)} %</b></span>`)}</span>`}
${nearest && html`<a href="#cluster-${nearest.cluster}">nearest: ${nearest.cluster}</a>`}</header>
${
  members.length === 0
    ? html`<p>${size === 0 ? 'No item is in this cluster.' : 'None of the recorded items is in this cluster.'}</p>`
    : html`<div class="pictures">${prototype && html`<figure>${prototype}<figcaption>${prototypes ? 'prototype' : 'mean'}</figcaption></figure>`}${
        run.pixels &&
        html`<figure><div class="thumbs">${thumbs(run, members.slice(0, few))}</div><figcaption>most typical</figcaption></figure><figure><div class="thumbs">${thumbs(run, members.slice(members.length - few).toReversed())}</div><figcaption>least typical</figcaption></figure>`
      }${pixels && samples && samples.shape[0] === clustersOf(run) && html`<figure>${picture(grid(entry(samples, cluster, samples.shape[1]!), pixels, samples.shape[1]!, 1), `Generated items of cluster ${cluster}`, 'strip')}<figcaption>generated</figcaption></figure>`}</div>${peculiarities(run, cluster)}`
}</article>`
}

export const members: Section = {
  id: 'clusters',
  title: 'The clusters',
  body({ run, facts }) {
    if (facts.length === 0) return undefined
    const largest = Math.max(...facts.map(({ size }) => size))
    const rest = facts.length - mostCards
    return html`<p>Members are ordered by their distance to the centre of their cluster ${run.recording!.frames.length > 0 ? 'in the embedding' : 'in the space of the items'}, among the ${run.recording!.items.length.toLocaleString('en')} that were recorded.</p>
${facts.slice(0, mostCards).map(fact => cardOf(run, fact, largest))}${rest > 0 && html`<p>${rest} more clusters are not shown.</p>`}`
  }
}
