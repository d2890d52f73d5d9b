/** Written by `npm run docs` from the tables in ../kmeans.ts: change them there. */

import type { Device } from '../../options/table.js'

/** Options of {@link KMeans}; docs/kmeans.md has them as a table. */
export interface KMeansOptions {
  /**
   * Number of clusters.
   * An integer from 1 (clusters).
   */
  clusters: number
  /**
   * Independent runs; the one with the lowest inertia is kept.
   * An integer from 1 (runs).
   * @defaultValue `10`
   */
  restarts?: number | undefined
  /**
   * Most iterations of one run.
   * An integer from 1 (iterations).
   * @defaultValue `300`
   */
  iterations?: number | undefined
  /**
   * A run stops when the squared movement of its centres falls below this.
   * A number from 0 (share of the mean feature variance).
   * Source: scikit-learn.
   * @defaultValue `0.0001`
   */
  tolerance?: number | undefined
  /**
   * First centres of a run.
   * 'kmeans++' or 'random'.
   * Source: Arthur and Vassilvitskii 2007.
   * @defaultValue `"kmeans++"`
   */
  initialisation?: 'kmeans++' | 'random' | undefined
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

/** What types the results and events of {@link KMeans}. */
export interface KMeansTypes {
  readonly method: 'kmeans'
  readonly options: KMeansOptions
  readonly preset: null
  readonly phase: 'kmeans'
}
