/** Where data lie: what a path, several, a glob, a folder or the name of a bundled dataset stands for. */

import { readdir, stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { glob, isDynamicPattern } from 'tinyglobby'
import { DeepClusteringError, expected } from '../errors.js'
import { formatError, systemError } from '../file-errors.js'
import { readStart } from './file.js'
import { imageFiles } from './images.js'

export type Format = 'idx' | 'npy' | 'csv' | 'parquet' | 'arrow' | 'images'

/** A file of items, or a folder of images. */
export interface FilePlace {
  readonly path: string
  readonly format: Format
}

export interface QueryPlace {
  readonly query: string
}

/** Several files are one dataset. */
export type Place = QueryPlace | readonly FilePlace[]

const bundled: Readonly<Record<string, { readonly data: string; readonly labels: string }>> = {
  'mnist-test': { data: 'mnist-test/t10k-images-idx3-ubyte.gz', labels: 'mnist-test/t10k-labels-idx1-ubyte.gz' }
}

const bundledPath = (file: string): string => fileURLToPath(new URL(`../../../data/${file}`, import.meta.url))

const csvEndings = ['.csv', '.tsv', '.txt']
const arrowEndings = ['.arrow', '.arrows', '.feather']

/** What a folder of shards may hold, by the ends of names; `.txt` files beside them are notes. */
const shardEndings = ['.npy', '.idx', '.idx.gz', '.csv', '.tsv', '.parquet', ...arrowEndings]

/** Whether a text is a query and not a path. */
const isQuery = (text: string): boolean => /^\s*(select|from|with)\s/i.test(text)

/** What a text, or several, stand for. @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT */
export async function placesOf(input: string | readonly string[], part: 'data' | 'labels'): Promise<Place> {
  const texts = typeof input === 'string' ? [input] : input
  if (texts.length === 0) throw new RangeError(expected('at least one path', part, texts))
  const files: FilePlace[] = []
  for (const text of texts) {
    if (isQuery(text)) {
      if (texts.length > 1) throw new TypeError(expected('one query, or paths,', part, texts))
      return { query: text }
    }
    files.push(...(await filesOf(text, part)))
  }
  return files
}

async function filesOf(text: string, part: 'data' | 'labels'): Promise<readonly FilePlace[]> {
  const path = bundled[text] ? bundledPath(bundled[text][part]) : text
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => cause)
  if (found instanceof Error) {
    if (isDynamicPattern(text)) return await matches(text)
    throw systemError(text, found, `there is no such file or folder, and no bundled data of this name (${Object.keys(bundled).join(', ')})`)
  }
  return found.isDirectory() ? await filesIn(path) : [{ path, format: await formatOf(path) }]
}

async function matches(pattern: string): Promise<readonly FilePlace[]> {
  const paths = await glob(process.platform === 'win32' ? pattern.replaceAll('\\', '/') : pattern, { expandDirectories: false, onlyFiles: true })
  if (paths.length === 0)
    throw new DeepClusteringError('ERR_FILE_NOT_FOUND', `${pattern}: no file is named so; a relative pattern begins at ${process.cwd()}`, {
      path: pattern
    })
  return await inOrder(paths)
}

/** A folder of images, or the shards that lie in one. */
async function filesIn(folder: string): Promise<readonly FilePlace[]> {
  if ((await imageFiles(folder)).length > 0) return [{ path: folder, format: 'images' }]
  const names = await readdir(folder)
  const shards = names.filter(name => shardEndings.some(ending => name.toLowerCase().endsWith(ending)))
  if (shards.length === 0) throw formatError(folder, `has no PNG or JPEG images in it, and no ${shardEndings.join(', ')} files`)
  const endings = new Set(shards.map(name => extname(name).toLowerCase()))
  if (endings.size > 1) throw formatError(folder, `has files of several kinds in it (${[...endings].join(', ')}): name one by a glob`)
  return await inOrder(shards.map(name => join(folder, name)))
}

async function inOrder(paths: readonly string[]): Promise<readonly FilePlace[]> {
  const files: FilePlace[] = []
  for (const path of [...paths].sort()) files.push({ path, format: await formatOf(path) })
  return files
}

async function formatOf(path: string): Promise<Format> {
  const { start } = await readStart(path, 8)
  const ending = extname(path).toLowerCase()
  if (start.subarray(1, 6).toString('latin1') === 'NUMPY') return 'npy'
  if (start[0] === 0x1f && start[1] === 0x8b) return 'idx'
  if (start.toString('latin1', 0, 4) === 'PAR1') return 'parquet'
  if (start.toString('latin1', 0, 6) === 'ARROW1' || arrowEndings.includes(ending)) return 'arrow'
  if (start.length >= 4 && start[0] === 0 && start[1] === 0) return 'idx'
  if (csvEndings.includes(ending)) return 'csv'
  throw formatError(
    path,
    `is of no known format: IDX (perhaps gzipped), NPY, CSV (${csvEndings.join(', ')}), Parquet, Arrow (${arrowEndings.join(', ')}) or a folder of images`
  )
}

/** Every file whose content makes the items, by its absolute path. */
export async function filesBehind(files: readonly FilePlace[]): Promise<string[]> {
  const paths: string[] = []
  for (const { path, format } of files) {
    if (format === 'images') for (const image of await imageFiles(path)) paths.push(resolve(path, image))
    else paths.push(resolve(path))
  }
  return paths
}
