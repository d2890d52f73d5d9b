import type { Tensor } from '../native/addon.js'

/** The items of a tensor as arrays. */
export function rowsOf({ data, shape }: Tensor): number[][] {
  const size = data.length / shape[0]!
  return Array.from({ length: shape[0]! }, (_, item) => Array.from(data.subarray(item * size, (item + 1) * size) as Float32Array))
}
