/** Images made small enough to be kept beside a model. */

import type { Dataset } from '../data/index.js'
import { areImages } from './method.js'

/** Longest side of a kept image, in pixels. */
const mostPixels = 64

/** Images whose sides are at most 64 pixels, each pixel the mean of a square of the original; vectors and small images as they are. */
export function reduced(dataset: Dataset): Dataset {
  const { data, shape } = dataset
  const item = shape.slice(1)
  if (!areImages(item)) return dataset
  const [height, width] = item.slice(-2) as [number, number]
  const side = Math.ceil(Math.max(height, width) / mostPixels)
  if (side === 1) return dataset
  const planes = data.length / (height * width)
  const [rows, columns] = [Math.max(1, Math.floor(height / side)), Math.max(1, Math.floor(width / side))]
  const small = data instanceof Uint8Array ? new Uint8Array(planes * rows * columns) : new Float32Array(planes * rows * columns)
  for (let plane = 0, to = 0; plane < planes; plane++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++, to++) {
        let sum = 0
        let count = 0
        for (let dy = 0; dy < side && y * side + dy < height; dy++) {
          for (let dx = 0; dx < side && x * side + dx < width; dx++, count++) sum += data[(plane * height + y * side + dy) * width + x * side + dx]!
        }
        small[to] = data instanceof Uint8Array ? Math.round(sum / count) : sum / count
      }
    }
  }
  return { data: small, shape: [...shape.slice(0, -2), rows, columns] }
}
