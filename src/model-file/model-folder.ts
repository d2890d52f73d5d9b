/** A saved model: a folder with `config.json` (what it is) and `model.safetensors` (what it learned). */

import { randomUUID } from 'node:crypto'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DeepClusteringError } from '../errors.js'
import type { Tensors } from '../native/addon.js'
import { readSafetensors, writeSafetensors, writeWhole } from './safetensors.js'

/** The version of the layout that this package writes, and the newest that it reads. */
export const formatVersion = 1

const maximalConfig = 64 * 2 ** 20 // bytes

/** What {@link loadModelFolder} gives. */
export interface ModelFolder {
  /** The object that was saved, with `format` and `formatVersion`; its content is not checked here. */
  readonly config: Readonly<Record<string, unknown>>
  readonly tensors: Tensors
}

/**
 * Saves a model, replacing one that stands in the folder. Both files carry the same new `pair`: after a crash between the
 * two renames the folder holds files of different pairs, and loading says so instead of mixing them.
 */
export async function saveModelFolder(folder: string, config: Readonly<Record<string, unknown>>, tensors: Tensors): Promise<void> {
  await mkdir(folder, { recursive: true })
  const pair = randomUUID()
  const text = JSON.stringify({ format: 'deep-clustering', formatVersion, ...config, pair }, null, 2)
  await writeSafetensors(join(folder, 'model.safetensors'), tensors, { format: 'deep-clustering', pair })
  await writeWhole(join(folder, 'config.json'), [Buffer.from(`${text}\n`)])
}

/**
 * Loads a saved model.
 * @throws DeepClusteringError ERR_FILE_FORMAT if the folder holds none, or one that is damaged or of a newer version
 */
export async function loadModelFolder(folder: string): Promise<ModelFolder> {
  const path = join(folder, 'config.json')
  const wrong = (what: string, cause?: unknown): DeepClusteringError =>
    new DeepClusteringError('ERR_FILE_FORMAT', `${path}: ${what}`, cause === undefined ? undefined : { cause })
  let text: string
  try {
    if ((await stat(path)).size > maximalConfig) throw wrong(`is larger than ${maximalConfig} bytes`)
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (cause) {
    if (cause instanceof DeepClusteringError) throw cause
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no saved model here' : `cannot be read (${(cause as Error).message})`
    throw wrong(reason, cause)
  }
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch (cause) {
    throw wrong(`is no valid JSON (${(cause as Error).message})`, cause)
  }
  if (config === null || typeof config !== 'object' || Array.isArray(config)) throw wrong('holds no object')
  const { format, formatVersion: version, pair } = config as Record<string, unknown>
  if (format !== 'deep-clustering') throw wrong('is not of a model that deep-clustering saved')
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) throw wrong('has no formatVersion')
  if (version > formatVersion) throw wrong(`has format version ${version}, this package reads up to ${formatVersion}: upgrade deep-clustering`)
  const { tensors, metadata } = await readSafetensors(join(folder, 'model.safetensors'))
  if (typeof pair !== 'string' || metadata['pair'] !== pair) {
    throw wrong('does not belong to the model.safetensors beside it: saving was interrupted, or a file was replaced')
  }
  return { config: config as Record<string, unknown>, tensors }
}
