/** A folder of PNG and JPEG images of one size. */

import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import jpeg from 'jpeg-js'
import { PNG } from 'pngjs'
import { formatError, systemError } from '../file-errors.js'
import { type LabelList, namedLabels } from './csv.js'
import type { Dataset } from './dataset.js'
import { readBytes } from './file.js'

const extensions = new Set(['.png', '.jpg', '.jpeg'])

/** Images `[n, h, w]` if all are grey, else `[n, 3, h, w]`, with a label per subfolder if there are subfolders. */
export interface ImageFolder extends LabelList {
  readonly dataset: Dataset
  /** Paths of the images within the folder, in order. */
  readonly files: readonly string[]
}

/**
 * Reads all images of a folder, sorted by name; subfolders, if there are any, are classes. Alpha is dropped.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if there are no images, one is damaged, or they differ in size
 */
export async function readImages(folder: string): Promise<ImageFolder> {
  const files = await imageFiles(folder)
  if (files.length === 0) throw formatError(folder, 'has no PNG or JPEG images in it')
  let width = 0
  let height = 0
  let rgba = new Uint8Array(0)
  for (const [i, file] of files.entries()) {
    const image = await decode(join(folder, file))
    if (i === 0) {
      ;({ width, height } = image)
      rgba = new Uint8Array(files.length * width * height * 4)
    }
    if (image.width !== width || image.height !== height) {
      throw formatError(join(folder, file), `is ${image.width} x ${image.height}, but ${files[0]} is ${width} x ${height}: images must have one size`)
    }
    rgba.set(image.data, i * width * height * 4)
  }
  const { labels, names } = namedLabels(files.map(file => (file.includes('/') ? file.split('/')[0]! : '')))
  return { dataset: channelsFirst(rgba, files.length, height, width), files, labels, names }
}

async function imageFiles(folder: string): Promise<string[]> {
  const list = async (path: string): Promise<import('node:fs').Dirent[]> => {
    const entries = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
      throw systemError(path, cause, 'there is no such folder')
    })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  }
  const isImage = (name: string): boolean => extensions.has(extname(name).toLowerCase())
  const files: string[] = []
  const entries = await list(folder)
  for (const entry of entries) if (entry.isFile() && isImage(entry.name)) files.push(entry.name)
  for (const entry of entries) {
    if (!entry.isDirectory()) continue
    for (const image of await list(join(folder, entry.name))) if (image.isFile() && isImage(image.name)) files.push(`${entry.name}/${image.name}`)
  }
  return files
}

async function decode(path: string): Promise<{ width: number; height: number; data: Uint8Array }> {
  const bytes = await readBytes(path)
  try {
    if (extname(path).toLowerCase() === '.png') return PNG.sync.read(bytes)
    return jpeg.decode(bytes, { useTArray: true, formatAsRGBA: true, maxMemoryUsageInMB: 1024 })
  } catch (cause) {
    throw formatError(path, `is not an image that can be read (${(cause as Error).message})`, cause)
  }
}

/** RGBA pixels `[n, h, w, 4]` as `[n, h, w]` where every pixel is grey, else `[n, 3, h, w]`. */
function channelsFirst(rgba: Uint8Array, n: number, height: number, width: number): Dataset {
  const pixels = height * width
  let grey = true
  for (let i = 0; i < rgba.length && grey; i += 4) grey = rgba[i] === rgba[i + 1] && rgba[i] === rgba[i + 2]
  const channels = grey ? 1 : 3
  const data = new Uint8Array(n * channels * pixels)
  for (let item = 0; item < n; ++item) {
    for (let channel = 0; channel < channels; ++channel) {
      for (let pixel = 0; pixel < pixels; ++pixel) {
        data[(item * channels + channel) * pixels + pixel] = rgba[(item * pixels + pixel) * 4 + channel]!
      }
    }
  }
  return { data, shape: grey ? [n, height, width] : [n, 3, height, width] }
}
