/** Items as pixels: grids of images, and PNG files of them. */

import { writeFile } from 'node:fs/promises'
import { PNG } from 'pngjs'
import { expected } from '../errors.js'

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

/** An 8-bit image of one or three channels. */
export interface Bitmap {
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3
  /** `[height, width, channels]`. */
  readonly data: Uint8Array
}

/** Of what stands between images. */
const grey = 128

/** Pixels between the images of a file. */
const fileGap = 2

/** Items row by row in a grid, `gap` pixels of mid grey between them; missing ones stay grey. */
export function grid(
  { data }: { readonly data: ArrayLike<number | bigint> },
  { height, width, channels, planes, low, high }: Pixels,
  columns: number,
  gap = 0
): Bitmap {
  const item = height * width
  const count = data.length / (item * planes)
  const rows = Math.ceil(count / columns)
  const [tall, wide] = [rows * (height + gap) - gap, columns * (width + gap) - gap]
  const out = new Uint8Array(tall * wide * channels).fill(grey)
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

export function png({ height, width, channels, data }: Bitmap): Buffer {
  const colorType = channels === 1 ? 0 : 2
  const image = new PNG({ width, height, colorType, inputColorType: colorType, inputHasAlpha: false, bitDepth: 8 })
  image.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return PNG.sync.write(image, { colorType, inputColorType: colorType, inputHasAlpha: false, deflateLevel: 9 })
}

/**
 * Writes images as a grid, row by row. The least number of all is black, or 0 where that is less; the highest is white.
 * @param images `[rows, columns, height, width]`, or with 1 or 3 channels before the height
 * @throws RangeError for another shape
 */
export async function writeImageGrid(
  path: string,
  { data, shape }: { readonly data: Float32Array | Uint8Array; readonly shape: readonly number[] }
): Promise<void> {
  const [, columns, ...sides] = shape as [number, number, ...number[]]
  const [channels, height, width] = (sides.length === 2 ? [1, ...sides] : sides) as [number, number, number]
  if (sides.length < 2 || sides.length > 3 || (channels !== 1 && channels !== 3))
    throw new RangeError(expected('images of [height, width] or [1 or 3, height, width]', 'images', sides))
  let [low, high] = [0, 0]
  for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)]
  await writeFile(path, png(grid({ data }, { height, width, channels, planes: channels, low, high: high > low ? high : low + 1 }, columns, fileGap)))
}
