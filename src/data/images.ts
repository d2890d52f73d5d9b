/** A folder of PNG and JPEG images of one size. */

import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import jpeg from 'jpeg-js'
import { PNG } from 'pngjs'
import { formatError, systemError } from '../file-errors.js'
import { collect } from './collect.js'
import { type LabelList, namedLabels } from './csv.js'
import type { Dataset } from './dataset.js'
import { readBytes, readStart } from './file.js'
import type { Block, Source } from './source.js'
import { sliceBytes, turn } from './turns.js'

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
export async function readImages(folder: string, options: { readonly signal?: AbortSignal } = {}): Promise<ImageFolder> {
  const files = await imageFiles(folder)
  const reading = { memory: Infinity, signal: options.signal, onProgress: undefined, finite: false }
  const dataset = (await collect(await imageSource(folder), reading)) as Dataset
  return { dataset, files, ...classesOf(files) }
}

/** The classes that the images of a folder are sorted into by their subfolders. */
export const classesOf = (files: readonly string[]): Required<LabelList> =>
  namedLabels(files.map(file => (file.includes('/') ? file.split('/')[0]! : '')))

/** Paths of the images within a folder and its subfolders, in order. @throws DeepClusteringError ERR_FILE_NOT_FOUND or ERR_FILE_READ */
export async function imageFiles(folder: string): Promise<string[]> {
  const list = async (path: string): Promise<Dirent[]> => {
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

interface Image {
  readonly width: number
  readonly height: number
  /** RGBA. */
  readonly data: Uint8Array
}

async function decode(path: string): Promise<Image> {
  const bytes = await readBytes(path)
  try {
    if (extname(path).toLowerCase() === '.png') return PNG.sync.read(bytes)
    return jpeg.decode(bytes, { useTArray: true, formatAsRGBA: true, maxMemoryUsageInMB: 1024 })
  } catch (cause) {
    throw formatError(path, `is not an image that can be read (${(cause as Error).message})`, cause)
  }
}

/** The images of a folder as items. @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT */
export async function imageSource(folder: string): Promise<Source> {
  const files = await imageFiles(folder)
  if (files.length === 0) throw formatError(folder, 'has no PNG or JPEG images in it')
  const { width, height } = await decode(join(folder, files[0]!))
  const coloured = await anyColoured(folder, files)
  return {
    name: folder,
    type: 'uint8',
    shape: coloured ? [3, height, width] : [height, width],
    items: files.length,
    blocks: signal => blocks(folder, files, { width, height }, coloured ? 3 : 1, signal)
  }
}

async function* blocks(
  folder: string,
  files: readonly string[],
  { width, height }: Omit<Image, 'data'>,
  channels: number,
  signal: AbortSignal | undefined
): AsyncGenerator<Block, void, void> {
  const pixels = width * height
  const atOnce = Math.max(1, Math.floor(sliceBytes / (channels * pixels)))
  for (let first = 0; first < files.length; first += atOnce) {
    const count = Math.min(atOnce, files.length - first)
    const data = new Uint8Array(count * channels * pixels)
    for (let i = 0; i < count; ++i) {
      const file = files[first + i]!
      const image = await decode(join(folder, file))
      if (image.width !== width || image.height !== height) {
        throw formatError(
          join(folder, file),
          `is ${image.width} x ${image.height}, but ${files[0]} is ${width} x ${height}: images must have one size`
        )
      }
      let at = i * channels * pixels
      for (let channel = 0; channel < channels; ++channel) {
        for (let pixel = channel; pixel < image.data.length; pixel += 4) data[at++] = image.data[pixel]!
      }
      await turn(signal)
    }
    yield { data, share: (first + count) / files.length }
  }
}

/** Whether one of the images has a pixel that is not grey. Most files say at their start that they have none; the others are decoded until one has. */
async function anyColoured(folder: string, files: readonly string[]): Promise<boolean> {
  for (const file of files) {
    const path = join(folder, file)
    if (await declaresGrey(path)) continue
    const { data } = await decode(path)
    for (let i = 0; i < data.length; i += 4) if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return true
  }
  return false
}

/** Whether a PNG is of a grey colour type, or a JPEG has one component. */
async function declaresGrey(path: string): Promise<boolean> {
  const isPng = extname(path).toLowerCase() === '.png'
  const { start } = await readStart(path, isPng ? 26 : 2 ** 16)
  // Bit 1 of a PNG's colour type is colour; bit 0, a palette, has it too.
  if (isPng) return start.length === 26 && (start[25]! & 2) === 0
  for (let at = 2; at + 9 < start.length && start[at] === 0xff; at += 2 + start.readUInt16BE(at + 2)) {
    const marker = start[at + 1]!
    // A frame header, which is none of the tables of Huffman and arithmetic codes (c4, c8, cc).
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) return start[at + 9] === 1
  }
  return false
}
