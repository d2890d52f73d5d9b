/**
 * `recording.safetensors` in a model's folder: what a report shows of a run that it cannot find in the model, so that it needs
 * neither the data nor the addon. Tensors, and one JSON string beside them.
 */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type DeepClusteringError, isDeepClusteringError } from '../errors.js'
import { formatError } from '../file-errors.js'
import type { ConfusionMatrix } from '../metrics/index.js'
import type { Tensor, TensorData, Tensors } from '../native/addon.js'
import { nestsDeeperThan } from './json-scanner.js'
import { readSafetensors, writeSafetensors } from './safetensors.js'

/** The embedding after one epoch. */
export interface Frame {
  readonly phase: string
  /** From 1. */
  readonly epoch: number
  /** float32 `[m, d]`: the codes of the kept items. */
  readonly codes: Tensor
  /** The cluster of each kept item then; absent where the phase has none. */
  readonly assignments?: Int32Array
}

/** What things are called: text of the user, which may hold anything. */
export interface RecordedNames {
  /** Where the data came from. */
  readonly data?: string | undefined
  /** What true label i means. */
  readonly classes?: readonly string[] | undefined
  /** What feature i of a vector means. */
  readonly features?: readonly string[] | undefined
}

export interface Recording {
  /** Positions of the m items that are kept, ascending. */
  readonly items: Int32Array
  /** uint8 or float32 `[m, …]`: the kept items; large images are reduced. */
  readonly data: Tensor
  readonly frames: readonly Frame[]
  /** The cluster of each kept item when the run had ended. */
  readonly labels?: Int32Array
  /** Items in each cluster when the run had ended, of all items. */
  readonly sizes?: Int32Array
  /** The true label of each kept item, where labels were given. */
  readonly truth?: Int32Array
  /** All items by true label and cluster. */
  readonly confusion?: ConfusionMatrix
  /** Means and deviations of the features, over all items and in each cluster. */
  readonly profile?: { readonly mean: Float32Array; readonly deviation: Float32Array; readonly means: Tensor; readonly deviations: Tensor }
  /** What the method adds, by name (docs/report.md). */
  readonly pictures: Tensors
  readonly names: RecordedNames
  /** Of what took part: `deep-clustering`, `libtorch`, `node`. */
  readonly versions: Readonly<Record<string, string>>
}

const version = 1
const fileName = 'recording.safetensors'

/** Levels of the JSON beside the tensors. */
const maximalDepth = 8

const row = (data: TensorData): Tensor => ({ data, shape: [data.length] })

/** Writes the recording of the model in `folder`, replacing one that stands there. */
export async function saveRecording(folder: string, recording: Recording): Promise<void> {
  const { items, data, frames, labels, sizes, truth, confusion, profile, pictures, names, versions } = recording
  const tensors: Record<string, Tensor> = { items: row(items), data }
  frames.forEach((frame, i) => {
    tensors[`frame.${i}.codes`] = frame.codes
    if (frame.assignments) tensors[`frame.${i}.assignments`] = row(frame.assignments)
  })
  if (labels) tensors.labels = row(labels)
  if (sizes) tensors.sizes = row(sizes)
  if (truth) tensors.truth = row(truth)
  if (confusion) {
    const { labels: rows, clusters, counts } = confusion
    Object.assign(tensors, {
      'confusion.labels': row(Int32Array.from(rows)),
      'confusion.clusters': row(Int32Array.from(clusters)),
      'confusion.counts': { data: counts, shape: [rows.length, clusters.length] }
    })
  }
  if (profile) {
    const { mean, deviation, means, deviations } = profile
    Object.assign(tensors, {
      'profile.mean': row(mean),
      'profile.deviation': row(deviation),
      'profile.means': means,
      'profile.deviations': deviations
    })
  }
  for (const [name, tensor] of Object.entries(pictures)) tensors[`picture.${name}`] = tensor
  const recorded = JSON.stringify({ version, frames: frames.map(({ phase, epoch }) => ({ phase, epoch })), names, versions })
  await writeSafetensors(join(folder, fileName), tensors, { recording: recorded })
}

/** Takes away the recording of a run that the model in `folder` is no longer of. */
export async function removeRecording(folder: string): Promise<void> {
  await rm(join(folder, fileName), { force: true })
}

/**
 * The recording in a model's folder; `undefined` if there is none.
 * @throws DeepClusteringError ERR_FILE_READ, or ERR_FILE_FORMAT if it is damaged or of a newer version
 */
export async function readRecording(folder: string): Promise<Recording | undefined> {
  const path = join(folder, fileName)
  const wrong = (what: string): DeepClusteringError => formatError(path, what)
  let file: Awaited<ReturnType<typeof readSafetensors>>
  try {
    file = await readSafetensors(path)
  } catch (error) {
    if (isDeepClusteringError(error) && error.code === 'ERR_FILE_NOT_FOUND') return undefined
    throw error
  }
  const { tensors, metadata } = file
  const { frames: positions, names, versions } = readText(metadata.recording ?? '', wrong)

  const optional = (name: string): Tensor | undefined => tensors[name]
  const need = (name: string): Tensor => optional(name) ?? fail(`has no \`${name}\``)
  const fail = (what: string): never => {
    throw wrong(what)
  }
  const ints = (tensor: Tensor | undefined, name: string, length?: number): Int32Array => {
    if (!tensor || !(tensor.data instanceof Int32Array) || tensor.shape.length !== 1 || (length !== undefined && tensor.data.length !== length))
      return fail(`\`${name}\` is not what a recording holds`)
    return tensor.data
  }
  const floats = (name: string, fits: (shape: readonly number[]) => boolean): Tensor & { readonly data: Float32Array } => {
    const tensor = need(name)
    if (!(tensor.data instanceof Float32Array) || !fits(tensor.shape)) return fail(`\`${name}\` is not what a recording holds`)
    return tensor as Tensor & { readonly data: Float32Array }
  }

  const items = ints(need('items'), 'items')
  const m = items.length
  const data = need('data')
  if (!(data.data instanceof Uint8Array || data.data instanceof Float32Array) || data.shape.length < 2 || data.shape[0] !== m || m === 0)
    fail('`data` is not what a recording holds')
  const frames = positions.map(({ phase, epoch }, i): Frame => {
    const assignments = optional(`frame.${i}.assignments`)
    return {
      phase,
      epoch,
      codes: floats(`frame.${i}.codes`, shape => shape.length === 2 && shape[0] === m && shape[1]! > 0),
      ...(assignments && { assignments: ints(assignments, `frame.${i}.assignments`, m) })
    }
  })
  const [labels, sizes, truth, counts] = [optional('labels'), optional('sizes'), optional('truth'), optional('confusion.counts')]
  const confusion = (): ConfusionMatrix => {
    const [rows, clusters] = [ints(need('confusion.labels'), 'confusion.labels'), ints(need('confusion.clusters'), 'confusion.clusters')]
    if (!(counts!.data instanceof Float64Array) || counts!.shape.join() !== [rows.length, clusters.length].join())
      return fail('`confusion.counts` is not what a recording holds')
    return { counts: counts!.data, labels: [...rows], clusters: [...clusters], n: counts!.data.reduce((sum, count) => sum + count, 0) }
  }
  const features = 'profile.mean' in tensors ? floats('profile.mean', shape => shape.length === 1).data.length : 0
  const perCluster = (shape: readonly number[]): boolean => shape.length === 2 && shape[1] === features
  return {
    items,
    data,
    frames,
    ...(labels && { labels: ints(labels, 'labels', m) }),
    ...(sizes && { sizes: ints(sizes, 'sizes') }),
    ...(truth && { truth: ints(truth, 'truth', m) }),
    ...(counts && { confusion: confusion() }),
    ...(features > 0 && {
      profile: {
        mean: floats('profile.mean', () => true).data,
        deviation: floats('profile.deviation', shape => shape.length === 1 && shape[0] === features).data,
        means: floats('profile.means', perCluster),
        deviations: floats('profile.deviations', perCluster)
      }
    }),
    pictures: Object.fromEntries(
      Object.entries(tensors).flatMap(([name, tensor]) => (name.startsWith('picture.') ? [[name.slice('picture.'.length), tensor] as const] : []))
    ),
    names,
    versions
  }
}

type Position = Pick<Frame, 'phase' | 'epoch'>

function readText(
  text: string,
  wrong: (what: string) => DeepClusteringError
): { readonly frames: readonly Position[]; readonly names: RecordedNames; readonly versions: Readonly<Record<string, string>> } {
  const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(item => typeof item === 'string')
  let read: unknown
  try {
    if (nestsDeeperThan(text, maximalDepth)) throw new SyntaxError('it nests too deep')
    read = JSON.parse(text)
  } catch {
    throw wrong('is not a recording of a run')
  }
  const { version: found, frames, names, versions } = (read ?? {}) as Record<string, unknown>
  if (typeof found !== 'number') throw wrong('is not a recording of a run')
  if (found > version) throw wrong(`has version ${found}, this package reads up to ${version}: upgrade deep-clustering`)
  const isPosition = (value: unknown): value is Position =>
    typeof value === 'object' && value !== null && typeof (value as Position).phase === 'string' && Number.isSafeInteger((value as Position).epoch)
  if (
    !Array.isArray(frames) ||
    !frames.every(isPosition) ||
    typeof names !== 'object' ||
    names === null ||
    typeof versions !== 'object' ||
    versions === null
  )
    throw wrong('is not a recording of a run')
  const { data, classes, features } = names as Record<string, unknown>
  return {
    frames: frames.map(({ phase, epoch }) => ({ phase, epoch })),
    names: {
      ...(typeof data === 'string' && { data }),
      ...(isTexts(classes) && { classes }),
      ...(isTexts(features) && { features })
    },
    versions: Object.fromEntries(Object.entries(versions).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  }
}
