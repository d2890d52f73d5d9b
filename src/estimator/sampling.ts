/** Sampling from what a generative method learned, and walks through its latent space. */

import { expected } from '../errors.js'
import type { OptionValues, Tensors } from '../native/addon.js'
import { checkOptions, completeOptions } from '../options/check.js'
import { type Given, optionTable } from '../options/table.js'
import type { FloatTensor } from './types.js'

/** Options of `sample` of a method without clusters, as a table. */
export const sampleOptions = optionTable({
  count: { type: 'integer', min: 1, max: 1_000_000, default: 10, unit: 'samples', meaning: 'How many' },
  seed: { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER, default: 0, meaning: 'Seed of the draw' }
})

/** Options of `sample` of a method with clusters, as a table. */
export const clusterSampleOptions = optionTable({
  cluster: { type: 'integer', min: 0, meaning: 'Draw from this cluster; without it from all, by their weights' },
  ...sampleOptions,
  minPosterior: {
    type: 'number',
    min: 0,
    max: 1,
    default: 0,
    meaning: 'Keep samples only whose cluster has at least this posterior',
    source: 'official VaDE code (0.999)'
  }
})

/** Options of {@link VAE.sample}. */
export type SampleOptions = Given<typeof sampleOptions>
/** Options of {@link VaDE.sample} and {@link GaussianMixture.sample}. */
export type ClusterSampleOptions = Given<typeof clusterSampleOptions>

/** Samples in the units of the data, and the cluster that each was drawn from. */
export interface ClusterSamples {
  /** `[count, ...shape]`. */
  readonly samples: FloatTensor
  readonly labels: Int32Array
}

/** A mixture of Gaussians with diagonal covariance. */
export interface MixtureParameters {
  /** Sum to 1; length `clusters`. */
  readonly weights: Float32Array | Float64Array
  /** `[clusters, features]`. */
  readonly means: { readonly data: Float32Array | Float64Array; readonly shape: readonly number[] }
  readonly variances: { readonly data: Float32Array | Float64Array; readonly shape: readonly number[] }
}

export function mixtureOf({ weights, means, variances }: Tensors): MixtureParameters {
  return { weights: weights!.data, means, variances } as MixtureParameters
}

/** @throws TypeError or RangeError */
export function checkedDraw(options: SampleOptions): OptionValues {
  return completeOptions(sampleOptions, {}, checkOptions(sampleOptions, options) as never) as OptionValues
}

/** @throws TypeError or RangeError; `cluster` is -1 where none was asked for */
export function checkedClusterDraw(options: ClusterSampleOptions, clusters: number): OptionValues {
  const { cluster = -1, ...rest } = completeOptions(clusterSampleOptions, {}, checkOptions(clusterSampleOptions, options) as never) as OptionValues
  if ((cluster as number) >= clusters) throw new RangeError(expected(`an integer from 0 to ${clusters - 1}`, 'cluster', cluster))
  return { cluster, ...rest }
}

/** Points on the line from `a` to `b`, both included: `[steps, length]`. */
export function line(a: ArrayLike<number>, b: ArrayLike<number>, steps: number): FloatTensor {
  const data = new Float32Array(steps * a.length)
  for (let step = 0; step < steps; step++) {
    const share = step / Math.max(1, steps - 1)
    for (let i = 0; i < a.length; i++) data[step * a.length + i] = (1 - share) * a[i]! + share * b[i]!
  }
  return { data, shape: [steps, a.length] }
}

/** @throws TypeError or RangeError */
export function checkSteps(steps: unknown): asserts steps is number {
  if (typeof steps !== 'number') throw new TypeError(expected('an integer from 2', 'steps', steps))
  if (!Number.isSafeInteger(steps) || steps < 2) throw new RangeError(expected('an integer from 2', 'steps', steps))
}
