/** Written by `npm run docs` from the tables in ../knn-graph.ts: change them there. */

import type { Device } from '../../options/table.js'

/** Options of {@link KnnGraph}; docs/knn-graph.md has them as a table. */
export interface KnnGraphOptions {
  /**
   * Neighbours of each item; at most n - 1 are found.
   * An integer from 1 (items).
   * Source: JULE (K_s).
   * @defaultValue `20`
   */
  neighbours?: number | undefined
  /**
   * exact compares all items that can be neighbours; approximate finds most neighbours of millions of items sooner, and the result says what share; auto takes the exact one while it is expected to be quicker, and always on a GPU.
   * 'auto', 'exact' or 'approximate'.
   * Source: NN-descent (Dong et al. 2011) from random projection trees.
   * @defaultValue `"auto"`
   */
  search?: 'auto' | 'exact' | 'approximate' | undefined
  /**
   * Scale items with a norm above 1 down to norm 1 first.
   * True or false.
   * Source: JULE, official code.
   * @defaultValue `false`
   */
  capNorms?: boolean | undefined
  /**
   * Most memory for a tile of products, beside the factors of the items (float32, or half of that in bfloat16) and the graph.
   * An integer from 1 to 65536 (MiB).
   * @defaultValue `64`
   */
  workspace?: number | undefined
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

/** What types the results and events of {@link KnnGraph}. */
export interface KnnGraphTypes {
  readonly method: 'knn-graph'
  readonly options: KnnGraphOptions
  readonly preset: null
  readonly phase: 'graph'
}
