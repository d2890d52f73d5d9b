/** Written by `npm run docs` from the tables in ../gaussian-mixture.ts: change them there. */

import type { Device } from '../../options/table.js'

/** Options of {@link GaussianMixture}; docs/gaussian-mixture.md has them as a table. */
export interface GaussianMixtureOptions {
  /**
   * Number of components.
   * An integer from 1 (clusters).
   */
  clusters: number
  /**
   * Independent runs, each from a k-means of its own; the one with the highest likelihood is kept.
   * An integer from 1 (runs).
   * @defaultValue `10`
   */
  restarts?: number | undefined
  /**
   * Most iterations of one run.
   * An integer from 1 (iterations).
   * Source: scikit-learn.
   * @defaultValue `100`
   */
  iterations?: number | undefined
  /**
   * A run stops when the mean log-likelihood rises by less.
   * A number from 0 (nats per item).
   * Source: scikit-learn.
   * @defaultValue `0.001`
   */
  tolerance?: number | undefined
  /**
   * Least variance of a component, so that none shrinks onto single items.
   * A number above 0 (share of the feature’s variance).
   * @defaultValue `0.000001`
   */
  varianceFloor?: number | undefined
  /**
   * Scaling of the input: unit divides by 255, standard gives each feature mean 0 and deviation 1, auto is unit for bytes and none for floats.
   * 'auto', 'none', 'unit' or 'standard'.
   * @defaultValue `"auto"`
   */
  scaling?: 'auto' | 'none' | 'unit' | 'standard' | undefined
  /**
   * Seed of every random draw; the same seed on the same CPU gives the same bits.
   * An integer from 0 to 9007199254740991.
   * @defaultValue `0`
   */
  seed?: number | undefined
  /**
   * Where to run; auto takes a CUDA GPU when there is a usable one, and the result says what was taken.
   * 'auto', 'cpu', 'cuda' or 'cuda:N'.
   * @defaultValue `"auto"`
   */
  device?: Device | undefined
  /**
   * CPU threads of the training thread; 0 takes all cores.
   * An integer from 0 to 1024 (threads).
   * @defaultValue `0`
   */
  threads?: number | undefined
}

/** What types the results and events of {@link GaussianMixture}. */
export interface GaussianMixtureTypes {
  readonly method: 'gaussian-mixture'
  readonly options: GaussianMixtureOptions
  readonly preset: null
  readonly phase: 'mixture'
}
