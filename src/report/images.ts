/** Images of a report: how items are shown, in the page, larger and smaller. */

import { type Bitmap, type Pixels, png } from '../data/index.js'
import type { Tensor } from '../native/addon.js'

/** How the items of a data set are shown; `undefined` for vectors. */
export function pixelsOf({ data, shape }: Tensor): Pixels | undefined {
  const item = shape.slice(1)
  if (item.length !== 2 && item.length !== 3) return undefined
  const [height, width] = item.slice(-2) as [number, number]
  const planes = item.length === 3 ? item[0]! : 1
  const channels = planes === 3 ? 3 : 1
  if (data instanceof Uint8Array) return { height, width, channels, planes, low: 0, high: 255 }
  let [low, high] = [Infinity, -Infinity]
  for (const value of data as Float32Array) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return { height, width, channels, planes, low, high: high > low ? high : low + 1 }
}

export const dataUri = (bitmap: Bitmap): string => `data:image/png;base64,${png(bitmap).toString('base64')}`

/** An image enlarged by a whole factor, so that pixels stay squares. */
export function enlarged({ height, width, channels, data }: Bitmap, factor: number): Bitmap {
  const out = new Uint8Array(height * width * factor * factor * channels)
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * channels
      for (let channel = 0; channel < channels; channel++) out[(y * width * factor + x) * channels + channel] = data[from + channel]!
    }
  }
  return { height: height * factor, width: width * factor, channels, data: out }
}

/** A grid without gaps whose images are made smaller, each pixel the mean of those that it stands for. */
export function reducedTo(
  bitmap: Bitmap,
  from: { readonly height: number; readonly width: number },
  to: { readonly height: number; readonly width: number }
): Bitmap {
  if (from.height === to.height && from.width === to.width) return bitmap
  const { channels, data } = bitmap
  const [rows, columns] = [bitmap.height / from.height, bitmap.width / from.width]
  const [height, width] = [rows * to.height, columns * to.width]
  const out = new Uint8Array(height * width * channels)
  for (let y = 0; y < height; y++) {
    const [top, bottom] = span(y, to.height, from.height)
    for (let x = 0; x < width; x++) {
      const [left, right] = span(x, to.width, from.width)
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0
        for (let sy = top; sy < bottom; sy++) for (let sx = left; sx < right; sx++) sum += data[(sy * bitmap.width + sx) * channels + channel]!
        out[(y * width + x) * channels + channel] = Math.round(sum / ((bottom - top) * (right - left)))
      }
    }
  }
  return { height, width, channels, data: out }
}

/** The pixels of the original that pixel `at` of a smaller grid stands for, from the first to before the last. */
function span(at: number, small: number, large: number): readonly [number, number] {
  const tile = Math.floor(at / small) * large
  const inside = at % small
  const first = Math.floor((inside * large) / small)
  return [tile + first, tile + Math.max(first + 1, Math.floor(((inside + 1) * large) / small))]
}
