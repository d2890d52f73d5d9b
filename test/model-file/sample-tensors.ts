import type { Tensors } from '../../src/native/addon.js'

/** One tensor of each element type, a scalar, an empty one, and a view into the middle of a larger buffer. */
export const sampleTensors: Tensors = {
  'b.weight': { data: new Float32Array([0, 1, -2.5, 3e-9, 4, 5, 6, 0]).subarray(1, 7), shape: [2, 3] },
  'a.count': { data: BigInt64Array.of(-(2n ** 60n)), shape: [] },
  none: { data: new Float32Array(0), shape: [0, 4] },
  bytes: { data: Uint8Array.of(0, 127, 255), shape: [3] },
  doubles: { data: Float64Array.of(Math.PI, -0), shape: [2, 1] },
  labels: { data: Int32Array.of(-1, 7), shape: [2] }
}

/** What {@link sampleTensors} is, by name, type, shape and plain values. */
export const sampleValues: Record<string, { dtype: string; shape: number[]; values: (number | bigint)[] }> = {
  'b.weight': { dtype: 'F32', shape: [2, 3], values: [1, -2.5, Math.fround(3e-9), 4, 5, 6] },
  'a.count': { dtype: 'I64', shape: [], values: [-1152921504606846976n] },
  none: { dtype: 'F32', shape: [0, 4], values: [] },
  bytes: { dtype: 'U8', shape: [3], values: [0, 127, 255] },
  doubles: { dtype: 'F64', shape: [2, 1], values: [Math.PI, -0] },
  labels: { dtype: 'I32', shape: [2], values: [-1, 7] }
}
