/** A small exported DCN with made-up weights: two layers, three clusters, items [4, 4]. */

import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { DCN } from '../../src/methods/dcn.js'
import type { Tensors } from '../../src/native/addon.js'
import { onnxFiles } from '../../src/onnx/export-model.js'
import type { Learned } from '../../src/onnx/learned.js'

/** Numbers in -1..1, always the same for the same seed. */
export function numbers(count: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

export const tensor = (shape: readonly number[], seed: number): { data: Float32Array; shape: readonly number[] } => ({
  data: numbers(
    shape.reduce((product, side) => product * side, 1),
    seed
  ),
  shape
})

const layers = (name: string, sizes: readonly number[]): Tensors =>
  Object.fromEntries(
    sizes.slice(1).flatMap((out, layer) => [
      [`${name}.${layer}.weight`, tensor([out, sizes[layer]!], layer + 1)],
      [`${name}.${layer}.bias`, tensor([out], layer + 100)]
    ])
  )

export const learned: Learned = {
  options: { clusters: 3, latent: 2, activation: 'relu', loss: 'squared', scaling: 'unit' },
  shape: [4, 4],
  tensors: {
    'input.shift': { data: Float32Array.of(0), shape: [1] },
    'input.scale': { data: Float32Array.of(1 / 255), shape: [1] },
    ...layers('encoder', [16, 8, 2]),
    ...layers('decoder', [2, 8, 16]),
    assignments: { data: BigInt64Array.of(0n), shape: [1] },
    centroids: tensor([3, 2], 7),
    variance: { data: Float32Array.of(0.5), shape: [] }
  }
}

const about = { version: '0.0.0', metadata: { method: 'dcn', clusters: '3' } }

const bytesOf = (part: string, input: 'uint8' | 'float32', changed: Partial<Learned>): Buffer =>
  Buffer.concat(onnxFiles(DCN.method.onnx!, { ...learned, ...changed }, input, about).find(file => file.part === part)!.bytes)

export const smallModel = (input: 'uint8' | 'float32' = 'uint8', changed: Partial<Learned> = {}): Buffer => bytesOf('model', input, changed)
export const smallDecoder = (changed: Partial<Learned> = {}): Buffer => bytesOf('decoder', 'uint8', changed)

/** The same without clusters. */
export const smallAutoencoder = (): Buffer => Buffer.concat(onnxFiles(AutoEncoder.method.onnx!, learned, 'float32', about)[0]!.bytes)

/** Items for it, as bytes. */
export const smallItems = (n: number): { data: Uint8Array; shape: readonly number[] } => ({
  data: Uint8Array.from({ length: n * 16 }, (_, i) => (i * 37 + (i >> 4) * 11) % 256),
  shape: [n, 4, 4]
})
