/** A run as its folder tells it: no addon, no libtorch, no data set. */

import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Pixels } from '../data/index.js'
import { type Method, methodValues } from '../estimator/method.js'
import { type ModelConfig, readConfig } from '../estimator/model-config.js'
import { systemError } from '../file-errors.js'
import { estimatorOf } from '../methods/index.js'
import { loadModelFolder, type Recording, readRecording } from '../model-file/index.js'
import { pixelsOf } from './images.js'

export interface Run {
  /** Of its folder. */
  readonly name: string
  readonly method: Method
  readonly config: ModelConfig
  /** Absent for a model that was trained without one. */
  readonly recording: Recording | undefined
  /** How its items are shown; absent for vectors, and without a recording. */
  readonly pixels: Pixels | undefined
}

/** @throws DeepClusteringError ERR_FILE_NOT_FOUND if the folder does not hold a model, ERR_FILE_READ, ERR_FILE_FORMAT if it or its recording is damaged */
export async function readRun(folder: string): Promise<Run> {
  const { config } = await loadModelFolder(folder)
  const { method } = estimatorOf(config)
  const recording = await readRecording(folder)
  return { name: basename(resolve(folder)), method, config: readConfig(config, method), recording, pixels: recording && pixelsOf(recording.data) }
}

/** Every folder that holds a model, in place of a folder that holds several in folders of its own, as a sweep leaves them. */
export async function runFolders(folders: readonly string[]): Promise<readonly string[]> {
  const holdsModel = (folder: string): boolean => existsSync(join(folder, 'config.json'))
  const found: string[] = []
  for (const folder of folders) {
    const inside = holdsModel(folder) || !existsSync(folder) ? [] : (await namesIn(folder)).map(name => join(folder, name)).filter(holdsModel)
    found.push(...(inside.length > 0 ? inside.sort(byNumber) : [folder]))
  }
  return found
}

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((cause: unknown) => {
    throw systemError(folder, cause, 'there is no saved model here')
  })

const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

/** Options whose value is not the one that the preset, or else the table, gives. */
export function changedOptions({ method, config }: Run): readonly { readonly name: string; readonly value: unknown; readonly usual: unknown }[] {
  const usual = methodValues(method, config.preset, {}, config.n)
  return Object.keys(method.options).flatMap(name => {
    const value = config.options[name]
    const decided = usual[name] === 'auto' && !(name in config.given)
    return decided || JSON.stringify(value) === JSON.stringify(usual[name]) ? [] : [{ name, value, usual: usual[name] }]
  })
}

export const clustersOf = ({ config }: Run): number => (config.options.clusters as number | undefined) ?? 0

/** What a true label is called. */
export const className = ({ recording }: Run, label: number): string => recording?.names.classes?.[label] ?? String(label)

/** What a feature of a vector is called. */
export const featureName = ({ recording }: Run, feature: number): string => recording?.names.features?.[feature] ?? `feature ${feature + 1}`
