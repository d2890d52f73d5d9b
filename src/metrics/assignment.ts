/** The linear assignment problem. */

import type { Steps } from './steps.js'

/**
 * The assignment of rows to columns with the largest total, by the Hungarian method (Kuhn 1955) in the form of shortest
 * augmenting paths with potentials (Jonker & Volgenant 1987): O(size³), a row in each step.
 *
 * @param weights row-major `[size, size]`
 * @returns the column of each row
 */
export function* maximalAssignment(weights: Float64Array, size: number): Steps<Int32Array> {
  // Rows and columns are counted from 1; column 0 is where a search starts from. Costs are the negated weights.
  const rowPotential = new Float64Array(size + 1)
  const columnPotential = new Float64Array(size + 1)
  const rowOf = new Int32Array(size + 1) // of a column; 0: free
  const previous = new Int32Array(size + 1)
  for (let row = 1; row <= size; ++row) {
    rowOf[0] = row
    let column = 0
    const distance = new Float64Array(size + 1).fill(Infinity)
    const done = new Uint8Array(size + 1)
    do {
      done[column] = 1
      const current = rowOf[column]!
      let step = Infinity
      let next = 0
      for (let j = 1; j <= size; ++j) {
        if (done[j]) continue
        const reduced = -weights[(current - 1) * size + j - 1]! - rowPotential[current]! - columnPotential[j]!
        if (reduced < distance[j]!) {
          distance[j] = reduced
          previous[j] = column
        }
        if (distance[j]! < step) {
          step = distance[j]!
          next = j
        }
      }
      for (let j = 0; j <= size; ++j) {
        if (done[j]) {
          rowPotential[rowOf[j]!]! += step
          columnPotential[j]! -= step
        } else {
          distance[j]! -= step
        }
      }
      column = next
    } while (rowOf[column] !== 0)
    for (; column !== 0; column = previous[column]!) rowOf[column] = rowOf[previous[column]!]!
    yield
  }
  const columnOf = new Int32Array(size)
  for (let column = 1; column <= size; ++column) columnOf[rowOf[column]! - 1] = column - 1
  return columnOf
}
