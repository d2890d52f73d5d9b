/** Small runs on real digits, trained once for all tests of reports. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Dataset,
  DCN,
  type Estimator,
  type FitResult,
  GAN,
  GraphDegreeLinkage,
  InfoGAN,
  JULE,
  KMeans,
  readData,
  readLabels,
  VaDE
} from '../../src/index.js'

/** Markup in every text that a user can choose; the page must show it. */
export const hostile = `<img src=x onerror="globalThis.broken=1"></script><script>globalThis.broken=1</script>'&`

const run = { seed: 0, device: 'cpu', threads: 1 } as const
const network = { ...run, widths: [64], batchSize: 64 } as const
const digits = 400

export interface TrainedRuns {
  /** Holds a folder for each name. */
  readonly folder: string
  readonly of: (name: string) => string
}

async function firstDigits(): Promise<{ readonly data: Dataset; readonly labels: Int32Array }> {
  const { data, shape } = await readData('mnist-test')
  const { labels } = await readLabels('mnist-test')
  return { data: { data: (data as Uint8Array).slice(0, digits * 784), shape: [digits, ...shape.slice(1)] }, labels: labels.slice(0, digits) }
}

const methods: Readonly<Record<string, () => Estimator<FitResult>>> = {
  dcn: () => new DCN({ ...network, clusters: 10, preset: 'graph', pretrainEpochs: 6, epochs: 4 }),
  vade: () => new VaDE({ ...network, clusters: 10, preset: 'graph', pretrainEpochs: 6, epochs: 4 }),
  jule: () => new JULE({ ...run, clusters: 10, epochs: 1, eta: 0.5, preset: 'grouped' }),
  infogan: () => new InfoGAN({ ...run, clusters: 10, epochs: 2, maps: 8, hidden: 32 }),
  gan: () => new GAN({ ...run, epochs: 2, maps: 8, hidden: 32 }),
  linkage: () => new GraphDegreeLinkage({ ...run, clusters: 10 })
}

let trained: Promise<TrainedRuns> | undefined

async function train(): Promise<TrainedRuns> {
  const folder = mkdtempSync(join(tmpdir(), 'dc-report-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const of = (name: string): string => join(folder, name)
  const { data, labels } = await firstDigits()
  for (const [name, make] of Object.entries(methods)) {
    using model = make()
    await model.fit(data, {
      ...('clusters' in model.options && { labels }),
      checkpoint: of(name),
      record: { share: 1, data: hostile, classes: Array.from({ length: 10 }, (_, i) => `${i} ${hostile}`) }
    })
  }
  const vectors = { data: Float32Array.from({ length: 600 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 5 : 0) + Math.sin(i)), shape: [200, 3] }
  for (const seed of [0, 1]) {
    using model = new KMeans({ ...run, seed, clusters: 3 })
    await model.fit(vectors, { checkpoint: of(`vectors-${seed}`), record: { features: ['length', hostile, 'weight'] } })
  }
  return { folder, of }
}

/** Trains at the first call. */
export const trainedRuns = (): Promise<TrainedRuns> => (trained ??= train())
