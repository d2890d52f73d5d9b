/** Written by `npm run docs` from the tables in ../linkage.ts: change them there. */

import type { Device } from '../../options/table.js'

/** Options of {@link GraphDegreeLinkage}; docs/linkage.md has them as a table. */
export interface GraphDegreeLinkageOptions {
  /**
   * Number of clusters; the merge tree can be cut at any other.
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
   * Source: JULE (K_s).
   * @defaultValue `20`
   */
  neighbours?: number | undefined
  /**
   * The weight of an edge is exp(-d²/σ²), σ² this times the mean squared distance to a neighbour.
   * A number above 0.
   * Source: JULE (a).
   * @defaultValue `1`
   */
  bandwidth?: number | undefined
  /**
   * Nearest clusters that the merge rule compares; 1 merges by the highest affinity alone.
   * An integer from 1 (clusters).
   * Source: JULE (K_c).
   * @defaultValue `5`
   */
  nearClusters?: number | undefined
  /**
   * Weight of the gaps between the nearest cluster and the next ones in the merge rule.
   * A number from 0.
   * Source: JULE.
   * @defaultValue `1`
   */
  lambda?: number | undefined
  /**
   * Affinities after a merge: by their definition, or without the mixed products, as the official code does by default.
   * 'exact' or 'fast'.
   * Source: exact: JULE; fast: official code.
   * @defaultValue `"exact"`
   */
  update?: 'exact' | 'fast' | undefined
  /**
   * Assumption on the data: clusters that hold less take no place among the last `clusters`, they join others first. 0 assumes nothing.
   * A number from 0 to 1 (share of n / clusters).
   * @defaultValue `0.1`
   */
  balance?: number | undefined
  /**
   * Scale items with a norm above 1 down to norm 1 first.
   * True or false.
   * Source: JULE, official code.
   * @defaultValue `false`
   */
  capNorms?: boolean | undefined
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

/** What types the results and events of {@link GraphDegreeLinkage}. */
export interface GraphDegreeLinkageTypes {
  readonly method: 'linkage'
  readonly options: GraphDegreeLinkageOptions
  readonly preset: null
  readonly phase: 'graph' | 'linkage'
}
