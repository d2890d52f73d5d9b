/** Written by `npm run docs` from the tables in ../spectral.ts: change them there. */

import type { Device } from '../../options/table.js'

/** Options of {@link SpectralClustering}; docs/spectral.md has them as a table. */
export interface SpectralClusteringOptions {
  /**
   * Number of clusters.
   * An integer from 1 (clusters).
   */
  clusters: number
  /**
   * Most items of the neighbour graph, drawn by the seed (where `balance` is 0, so that rare groups are among them); the others get their clusters by the votes of their nearest neighbours in it. 0 is all.
   * An integer from 0 (items).
   * @defaultValue `20000`
   */
  graphItems?: number | undefined
  /**
   * Neighbours of an item in the graph.
   * An integer from 1 (items).
   * @defaultValue `10`
   */
  neighbours?: number | undefined
  /**
   * The distance to this neighbour is an item’s scale s_i; the affinity is exp(-d²/(s_i s_j)).
   * An integer from 1 (items).
   * Source: Zelnik-Manor and Perona 2004.
   * @defaultValue `7`
   */
  scale?: number | undefined
  /**
   * Most eigenvectors that are tried, from as many as clusters on; the normalised cut chooses. 0 is twice the clusters.
   * An integer from 0 (eigenvectors).
   * @defaultValue `0`
   */
  vectors?: number | undefined
  /**
   * Restarts of each k-means on the eigenvectors.
   * An integer from 1 (runs).
   * @defaultValue `10`
   */
  restarts?: number | undefined
  /**
   * Assumption on the data: what the smallest cluster holds at least. A labelling that keeps to it is preferred; 0 assumes nothing.
   * A number from 0 to 1 (share of n / clusters).
   * @defaultValue `0.5`
   */
  balance?: number | undefined
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
   * Precision of the matrix products; auto takes bfloat16 where the device does it fast.
   * 'auto', 'float32' or 'bfloat16'.
   * @defaultValue `"auto"`
   */
  precision?: 'auto' | 'float32' | 'bfloat16' | undefined
  /**
   * CPU threads of the training thread; 0 takes all cores.
   * An integer from 0 to 1024 (threads).
   * @defaultValue `0`
   */
  threads?: number | undefined
}

/** What types the results and events of {@link SpectralClustering}. */
export interface SpectralClusteringTypes {
  readonly method: 'spectral'
  readonly options: SpectralClusteringOptions
  readonly preset: null
  readonly phase: 'graph'
}
