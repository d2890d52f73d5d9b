/** Keeps of a running fit what its report will show: the embedding of a few items while it trains, and pictures at its end. */

import { setImmediate } from 'node:timers/promises'
import { type Dataset, draw, type Items, inFiles } from '../data/index.js'
import { itemsAt } from '../data/items.js'
import type { Frame, RecordedNames, Recording } from '../model-file/index.js'
import type { Frames, NativeEvent, OptionValues, Tensor, Tensors } from '../native/addon.js'
import { packageVersion } from '../native/build-info.js'
import { addonSource } from '../native/runtime.js'
import type { recordOptions } from '../options/groups.js'
import type { Complete } from '../options/table.js'
import type { Method } from './method.js'
import { clustersOf } from './run-record.js'
import type { Counted } from './scores.js'
import { reduced } from './thumbnails.js'

/** What is to be recorded. */
export type RecordPlan = Complete<typeof recordOptions> & RecordedNames

/** Bytes of the kept items, at most: beyond, fewer are kept. */
const mostBytes = 64 * 2 ** 20

/** Numbers of a profile (clusters x features), at most: beyond, there is none. */
const mostProfile = 2 ** 22

type EpochEvent = Extract<NativeEvent, { type: 'epoch' }>

/** A run that has ended, as far as pictures of it need it. */
export interface EndedRun {
  readonly method: Method
  readonly options: Readonly<Record<string, unknown>>
  /** Results of the native fit. */
  readonly tensors: Tensors
  readonly data: Items
  /** Clusters of all items, where the method has any. */
  readonly labels: Int32Array | undefined
  readonly truth: Int32Array | undefined
  /** Of the labels. */
  readonly counted: Counted | undefined
  readonly generate: (operation: string, values: OptionValues) => Promise<Tensors>
}

export class Recorder {
  readonly #plan: RecordPlan
  readonly #items: Int32Array
  readonly #data: Tensor
  #frames: Frame[]
  #ended: Partial<Recording> = {}

  private constructor(plan: RecordPlan, items: Int32Array, data: Tensor, frames: readonly Frame[]) {
    this.#plan = plan
    this.#items = items
    this.#data = data
    this.#frames = [...frames]
  }

  /** @param before what an earlier part of the same run recorded */
  static async of(plan: RecordPlan, of: Items, before?: Recording): Promise<Recorder> {
    const n = of.shape[0]!
    // The same items for every run on as many, so that runs can be compared.
    const kept = before?.items.every(item => item < n) ? before.items : draw(n, Math.min(n, plan.items), 0)
    const { items, data } = await withinBytes(kept, of)
    return new Recorder(
      { ...plan, features: plan.features ?? of.features },
      items,
      data,
      before?.items === kept && items === kept ? before.frames : []
    )
  }

  /** What the native run is to hand out. */
  get asked(): Frames {
    const { frames, share } = this.#plan
    return { items: { data: this.#items, shape: [this.#items.length] }, count: frames, share }
  }

  /** Takes in the end of an epoch. */
  take({ phase, epoch, codes, assignments, items }: EpochEvent): void {
    if (!codes) return
    const m = this.#items.length
    this.#frames.push({
      phase,
      epoch,
      codes: { data: codes, shape: [m, codes.length / m] },
      ...(assignments && { assignments: clustersOf(this.#items, assignments, items) })
    })
  }

  /** Takes in the end of the run. */
  async finish({ method, options, tensors, data, labels, truth, counted, generate }: EndedRun): Promise<void> {
    const kept = (values: Int32Array): Int32Array => Int32Array.from(this.#items, item => values[item]!)
    const clusters = (options.clusters as number | undefined) ?? 0
    this.#ended = {
      pictures: (await method.pictures?.({ options, shape: data.shape.slice(1), tensors, items: this.#items, generate })) ?? {},
      ...(labels && { labels: kept(labels), ...(counted && { sizes: Int32Array.from(counted.sizes) }) }),
      ...(truth && { truth: kept(truth) }),
      ...(counted?.confusion && { confusion: counted.confusion }),
      ...(labels && clusters * numbersOf(data) <= mostProfile && { profile: await profileOf(data, labels, clusters) })
    }
  }

  get recording(): Recording {
    const { data, classes, features } = this.#plan
    return {
      pictures: {},
      ...this.#ended,
      items: this.#items,
      data: this.#data,
      frames: [...this.#frames],
      names: { data, classes, features },
      versions: versions()
    }
  }
}

const versions = (): Recording['versions'] => ({
  'deep-clustering': packageVersion(),
  libtorch: addonSource().addon().torchVersion,
  node: process.versions.node
})

/** Numbers of one item. */
const numbersOf = ({ shape }: Items): number => shape.slice(1).reduce((product, side) => product * side, 1)

async function withinBytes(items: Int32Array, of: Items): Promise<{ readonly items: Int32Array; readonly data: Tensor }> {
  const one = reduced(await itemsAt(of, items.subarray(0, 1)))
  const most = Math.max(1, Math.floor(mostBytes / one.data.byteLength))
  // Every so many of them, so that they stay spread over the data.
  const fewer = items.length <= most ? items : Int32Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!)
  return { items: fewer, data: reduced(await itemsAt(of, fewer)) }
}

/** Numbers that are added up before the event loop gets its turn: some 2 ms. */
const numbersAtOnce = 2 ** 18

/** Items that a profile is taken of, at most. */
const mostProfiled = 100_000

async function profiled(of: Items, labels: Int32Array): Promise<{ readonly data: Dataset['data']; readonly labels: Int32Array }> {
  const n = labels.length
  if (n <= mostProfiled && !inFiles(of)) return { data: of.data, labels }
  const items = n <= mostProfiled ? Int32Array.from(labels.keys()) : draw(n, mostProfiled, 0)
  const { data } = await itemsAt(of, items)
  return { data, labels: Int32Array.from(items, item => labels[item]!) }
}

/** Means and deviations of each feature, in all and by cluster; 0 where a cluster is empty. */
async function profileOf(of: Items, all: Int32Array, clusters: number): Promise<NonNullable<Recording['profile']>> {
  const { data, labels } = await profiled(of, all)
  const n = labels.length
  const features = data.length / n
  const sums = new Float64Array(clusters * features)
  const squares = new Float64Array(clusters * features)
  const sizes = new Float64Array(clusters)
  const itemsAtOnce = Math.max(1, Math.floor(numbersAtOnce / features))
  for (let item = 0; item < n; item++) {
    if (item % itemsAtOnce === itemsAtOnce - 1) await setImmediate()
    const to = labels[item]! * features
    sizes[labels[item]!]!++
    for (let feature = 0, from = item * features; feature < features; feature++, from++) {
      const value = data[from]!
      sums[to + feature]! += value
      squares[to + feature]! += value * value
    }
  }
  const moments = (sum: number, square: number, count: number): readonly [number, number] => {
    const mean = sum / Math.max(1, count)
    return [mean, Math.sqrt(Math.max(0, square / Math.max(1, count) - mean * mean))]
  }
  const [mean, deviation] = [new Float32Array(features), new Float32Array(features)]
  const [means, deviations] = [new Float32Array(clusters * features), new Float32Array(clusters * features)]
  for (let feature = 0; feature < features; feature++) {
    let [sum, square] = [0, 0]
    for (let cluster = 0; cluster < clusters; cluster++) {
      const at = cluster * features + feature
      sum += sums[at]!
      square += squares[at]!
      ;[means[at], deviations[at]] = moments(sums[at]!, squares[at]!, sizes[cluster]!)
    }
    ;[mean[feature], deviation[feature]] = moments(sum, square, n)
  }
  return { mean, deviation, means: { data: means, shape: [clusters, features] }, deviations: { data: deviations, shape: [clusters, features] } }
}
