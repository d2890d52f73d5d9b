/** Images side by side as one PNG file. */

import { writeFile } from 'node:fs/promises'
import { PNG } from 'pngjs'
import { expected } from '../errors.js'

/** Pixels between images. */
const gap = 2

/** Of the gaps. */
const grey = 128

/**
 * Writes images as a grid, row by row. The least number of all is black, or 0 where that is less; the highest is white.
 * @param images `[rows, columns, height, width]`, or with 1 or 3 channels before the height
 * @throws RangeError for another shape
 */
export async function writeImageGrid(path: string, { data, shape }: { readonly data: Float32Array | Uint8Array; readonly shape: readonly number[] }): Promise<void> {
  const [rows, columns, ...sides] = shape as [number, number, ...number[]]
  const [channels, height, width] = (sides.length === 2 ? [1, ...sides] : sides) as [number, number, number]
  if (sides.length < 2 || sides.length > 3 || (channels !== 1 && channels !== 3)) throw new RangeError(expected('images of [height, width] or [1 or 3, height, width]', 'images', sides))
  let [least, most] = [0, 0]
  for (const value of data) [least, most] = [Math.min(least, value), Math.max(most, value)]
  const brightness = 255 / (most - least || 1)

  const png = new PNG({ width: columns * (width + gap) - gap, height: rows * (height + gap) - gap, colorType: channels === 1 ? 0 : 2 })
  png.data.fill(grey)
  for (let i = 3; i < png.data.length; i += 4) png.data[i] = 255
  const pixels = height * width
  for (let image = 0; image < rows * columns; image++) {
    const [top, left] = [Math.floor(image / columns) * (height + gap), (image % columns) * (width + gap)]
    for (let pixel = 0; pixel < pixels; pixel++) {
      const at = ((top + Math.floor(pixel / width)) * png.width + left + (pixel % width)) * 4
      for (let colour = 0; colour < 3; colour++) {
        const channel = channels === 1 ? 0 : colour
        png.data[at + colour] = Math.round((data[(image * channels + channel) * pixels + pixel]! - least) * brightness)
      }
    }
  }
  await writeFile(path, PNG.sync.write(png, { colorType: channels === 1 ? 0 : 2, inputColorType: 6 }))
}
