/** Any dataset or labels by path, or by the name of the bundled one. */

import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatError, systemError } from '../file-errors.js'
import { type LabelList, readCsv, readCsvLabels } from './csv.js'
import type { Dataset } from './dataset.js'
import { readStart } from './file.js'
import { type RawArray, readIdx } from './idx.js'
import { readImages } from './images.js'
import { readNpy } from './npy.js'

const bundled: Readonly<Record<string, { readonly data: string; readonly labels: string }>> = {
  'mnist-test': { data: 'mnist-test/t10k-images-idx3-ubyte.gz', labels: 'mnist-test/t10k-labels-idx1-ubyte.gz' }
}

const bundledPath = (file: string): string => fileURLToPath(new URL(`../../../data/${file}`, import.meta.url))

type Format = 'idx' | 'npy' | 'csv' | 'images'

async function formatOf(path: string): Promise<Format> {
  let folder: boolean
  try {
    folder = (await stat(path)).isDirectory()
  } catch (cause) {
    throw systemError(path, cause, `there is no such file or folder, and no bundled data of this name (${Object.keys(bundled).join(', ')})`)
  }
  if (folder) return 'images'
  const start = await readStart(path, 8)
  if (start.subarray(1, 6).toString('latin1') === 'NUMPY') return 'npy'
  if (start[0] === 0x1f && start[1] === 0x8b) return 'idx'
  if (start.length >= 4 && start[0] === 0 && start[1] === 0) return 'idx'
  if (['.csv', '.tsv', '.txt'].includes(extname(path).toLowerCase())) return 'csv'
  throw formatError(path, 'is of no known format: IDX (perhaps gzipped), NPY, CSV (.csv, .tsv, .txt) or a folder of images')
}

/**
 * Reads items by path (IDX, IDX.gz, NPY, CSV, a folder of PNG or JPEG images) or by the name `mnist-test`.
 * @returns bytes as `Uint8Array`, everything else as `Float32Array`; shape `[n, d]`, `[n, h, w]` or `[n, channels, h, w]`
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if the file is damaged, or has fewer than two dimensions
 */
export async function readData(pathOrName: string): Promise<Dataset> {
  const path = bundled[pathOrName] ? bundledPath(bundled[pathOrName].data) : pathOrName
  const format = await formatOf(path)
  if (format === 'images') return (await readImages(path)).dataset
  const { data, shape, features }: RawArray & Pick<Dataset, 'features'> = await (format === 'npy'
    ? readNpy(path)
    : format === 'idx'
      ? readIdx(path)
      : readCsv(path))
  if (shape.length < 2 || shape.length > 4 || shape.includes(0)) {
    throw formatError(path, `has the shape [${shape.join(', ')}]; items are [n, d], [n, height, width] or [n, channels, height, width]`)
  }
  return { data: data instanceof Int32Array ? Float32Array.from(data) : data, shape, ...(features && { features }) }
}

/**
 * Reads labels by path (IDX, IDX.gz, NPY of one dimension, CSV of one column, a folder whose subfolders are classes) or
 * by the name `mnist-test`.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if the file is damaged, or holds no labels
 */
export async function readLabels(pathOrName: string): Promise<LabelList> {
  const path = bundled[pathOrName] ? bundledPath(bundled[pathOrName].labels) : pathOrName
  const format = await formatOf(path)
  if (format === 'csv') return readCsvLabels(path)
  if (format === 'images') {
    const { labels, names } = await readImages(path)
    if (names!.length < 2) throw formatError(path, 'has no subfolders: the classes of its images are not known')
    return { labels, names: names! }
  }
  const { data, shape }: RawArray = await (format === 'npy' ? readNpy(path) : readIdx(path))
  if (shape.length !== 1) throw formatError(path, `has the shape [${shape.join(', ')}]; labels have one dimension`)
  const wrong = data.findIndex(value => (value | 0) !== value)
  if (wrong >= 0) throw formatError(path, `label ${wrong} is ${data[wrong]}, not an integer`)
  return { labels: Int32Array.from(data) }
}
