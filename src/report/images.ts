/** Items as pixels: single images, strips and grids of them, as PNG. */

import { PNG } from 'pngjs'
import type { Tensor } from '../native/addon.js'

/** How items are shown as images. */
export interface Pixels {
  readonly height: number
  readonly width: number
  /** 1 or 3: of images with other numbers of channels the first is shown. */
  readonly channels: 1 | 3
  /** Channels of an item in its tensor. */
  readonly planes: number
  /** Numbers that are black and white. */
  readonly low: number
  readonly high: number
}

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

/** An 8-bit image of one or three channels. */
export interface Bitmap {
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3
  /** `[height, width, channels]`. */
  readonly data: Uint8Array
}

export function png({ height, width, channels, data }: Bitmap): Buffer {
  const colorType = channels === 1 ? 0 : 2
  const image = new PNG({ width, height, colorType, inputColorType: colorType, inputHasAlpha: false, bitDepth: 8 })
  image.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return PNG.sync.write(image, { colorType, inputColorType: colorType, inputHasAlpha: false, deflateLevel: 9 })
}

export const dataUri = (bitmap: Bitmap): string => `data:image/png;base64,${png(bitmap).toString('base64')}`

/** Items of a tensor, row by row in a grid, `gap` pixels of mid grey between them; missing ones stay grey. */
export function grid({ data }: Tensor, { height, width, channels, planes, low, high }: Pixels, columns: number, gap = 0): Bitmap {
  const item = height * width
  const count = data.length / (item * planes)
  const rows = Math.ceil(count / columns)
  const [tall, wide] = [rows * (height + gap) - gap, columns * (width + gap) - gap]
  const out = new Uint8Array(tall * wide * channels).fill(128)
  const scale = 255 / (high - low)
  for (let i = 0; i < count; i++) {
    const [top, left] = [Math.floor(i / columns) * (height + gap), (i % columns) * (width + gap)]
    for (let channel = 0; channel < channels; channel++) {
      const from = (i * planes + channel) * item
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const value = (Number(data[from + y * width + x]) - low) * scale
          out[((top + y) * wide + left + x) * channels + channel] = value < 0 ? 0 : value > 255 ? 255 : Math.round(value)
        }
      }
    }
  }
  return { height: tall, width: wide, channels, data: out }
}

/** Some items of a tensor. */
export function select({ data, shape }: Tensor, items: readonly number[]): Tensor {
  const size = data.length / shape[0]!
  const part = data instanceof Uint8Array ? new Uint8Array(items.length * size) : new Float32Array(items.length * size)
  items.forEach((item, i) => part.set(data.subarray(item * size, (item + 1) * size) as Uint8Array, i * size))
  return { data: part, shape: [items.length, ...shape.slice(1)] }
}

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
export function reducedTo(bitmap: Bitmap, from: { readonly height: number; readonly width: number }, to: { readonly height: number; readonly width: number }): Bitmap {
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
