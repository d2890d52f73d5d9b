/** A saved model: a folder with `config.json` (what it is) and `model.safetensors` (what it learned). */

import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type DeepClusteringError, expected } from '../errors.js'
import { readError } from '../file-errors.js'
import type { Tensors } from '../native/addon.js'
import { decodeUtf8, replaceFiles, withFile } from './file-access.js'
import { nestsDeeperThan } from './json-scanner.js'
import { readSafetensors, safetensorsParts } from './safetensors.js'

/** The version of the layout that this package writes, and the newest that it reads. */
export const formatVersion = 1

const format = 'deep-clustering'
const identity = { format, formatVersion }

/** Bytes of `config.json`. */
const maximalConfig = 64 * 2 ** 20

/** Objects and arrays inside one another in `config.json`. */
const maximalDepth = 32

/** What {@link loadModelFolder} gives. */
export interface ModelFolder {
  /** The object that was saved, with `format`, `formatVersion` and `pair`; its other content is not checked here. */
  readonly config: Readonly<Record<string, unknown>>
  readonly tensors: Tensors
}

/** Where the config of this pair lies until it replaces the one before it. */
const stagedConfig = (folder: string, pair: string): string => join(folder, `config.json.${pair}.tmp`)

/**
 * Saves a model, replacing one that stands in the folder, which is made if there is none.
 *
 * Both files carry the same new `pair`. Both are whole and on the disk under temporary names before the first is renamed, tensors
 * before config. After a crash before the renames the old model stands; after one between them the new tensors stand beside the
 * old config: loading sees that the pairs differ and takes the config that is still under its temporary name. So a mixture never
 * passes for a model, and a checkpoint is not lost by being replaced.
 * @param config JSON; `format`, `formatVersion` and `pair` are set here
 * @throws TypeError or RangeError for what the files cannot hold; the system's error if they cannot be written
 */
export async function saveModelFolder(folder: string, config: Readonly<Record<string, unknown>>, tensors: Tensors): Promise<void> {
  const pair = randomUUID()
  const text = JSON.stringify({ ...identity, ...config, ...identity, pair }, null, 2)
  const bytes = Buffer.from(`${text}\n`)
  if (bytes.length > maximalConfig) throw new RangeError(expected(`at most ${maximalConfig} bytes of JSON`, 'config', bytes.length))
  if (nestsDeeperThan(text, maximalDepth)) throw new RangeError(expected(`at most ${maximalDepth} levels`, 'config', config))
  const parts = safetensorsParts(tensors, { format, pair })
  await mkdir(folder, { recursive: true })
  await replaceFiles([
    { path: join(folder, 'model.safetensors'), parts },
    { path: join(folder, 'config.json'), parts: [bytes], temporary: stagedConfig(folder, pair) }
  ])
}

/**
 * Loads a saved model.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND if the folder holds none, ERR_FILE_READ, ERR_FILE_FORMAT for one that is damaged or of a newer
 *   version; ERR_OUT_OF_MEMORY if its tensors do not fit into memory
 */
export async function loadModelFolder(folder: string): Promise<ModelFolder> {
  const standing = await readConfig(join(folder, 'config.json'), 'there is no saved model here')
  const { tensors, metadata } = await readSafetensors(join(folder, 'model.safetensors'))
  const pair = metadata['pair'] ?? ''
  if (standing.pair === pair) return { config: standing.config, tensors }
  const mismatch = 'does not belong to the model.safetensors beside it: saving was interrupted, or a file was replaced'
  // The pair becomes part of a path: nothing but what saving writes may come through.
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(pair)) throw standing.wrong(mismatch)
  const staged = await readConfig(stagedConfig(folder, pair), 'does not exist').catch((cause: unknown) => {
    throw standing.wrong(mismatch, cause)
  })
  if (staged.pair !== pair) throw standing.wrong(mismatch)
  return { config: staged.config, tensors }
}

interface ReadConfig {
  readonly config: Readonly<Record<string, unknown>>
  readonly pair: string
  readonly wrong: (what: string, cause?: unknown) => DeepClusteringError
}

function readConfig(path: string, missing: string): Promise<ReadConfig> {
  return withFile(path, missing, async ({ size, read, wrong }) => {
    if (size > maximalConfig) throw readError(path, `has ${size} bytes, more than the ${maximalConfig} allowed`, { requiredBytes: size })
    const bytes = await read(0, size)
    let config: unknown
    try {
      const text = decodeUtf8(bytes)
      if (nestsDeeperThan(text, maximalDepth)) throw new SyntaxError(`more than ${maximalDepth} levels`)
      config = JSON.parse(text)
    } catch (cause) {
      throw wrong(`is no valid JSON (${(cause as Error).message})`, cause)
    }
    if (config === null || typeof config !== 'object' || Array.isArray(config)) throw wrong('holds no object')
    const { format: name, formatVersion: version, pair } = config as Record<string, unknown>
    if (name !== format) throw wrong('is not of a model that deep-clustering saved')
    if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) throw wrong('has no formatVersion')
    if (version > formatVersion) {
      throw wrong(`has format version ${version}, this package reads up to ${formatVersion}: upgrade deep-clustering`)
    }
    if (typeof pair !== 'string') throw wrong('has no pair, which ties it to the model.safetensors beside it')
    return { config: config as Record<string, unknown>, pair, wrong }
  })
}
