/** Whether an exported file answers as the model does, on real items. */

import type { Dataset, Items } from '../data/index.js'
import { itemBytes, itemsAt } from '../data/items.js'
import { DeepClusteringError } from '../errors.js'
import type { Tensors } from '../native/addon.js'
import { OnnxModel } from '../onnx/index.js'
import type { BuiltExport } from './onnx-export.js'
import type { FloatTensor } from './types.js'

/** Items on which answers are compared, at most, and their bytes. */
const mostItems = 1024
const mostBytes = 4 * 2 ** 20

/** Generated items that are compared. */
const generatedItems = 64

/** Largest difference of an embedding, relative to the largest entry of its row. */
const embeddingTolerance = 1e-4

/** Largest difference of a probability. */
const probabilityTolerance = 1e-3

/** Evenly spaced items of a dataset, few enough to keep, in a buffer of their own. */
export function sampleOf(items: Items): Promise<Dataset> {
  const n = items.shape[0]!
  const count = Math.max(1, Math.min(n, mostItems, Math.floor(mostBytes / itemBytes(items))))
  return itemsAt(
    items,
    Int32Array.from({ length: count }, (_, i) => Math.floor((i * n) / count))
  )
}

/**
 * Compares the answers of the files with the model's own.
 * @param native an operation of the model on `items`
 * @param decoded items that the model makes of draws of a generator's inputs, by name
 * @returns the number of items
 * @throws DeepClusteringError ERR_EXPORT_MISMATCH if labels differ, embeddings by more than 1e-4 relative, or probabilities by more
 *   than 1e-3; ERR_ONNXRUNTIME_MISSING
 */
export async function checkExport(
  built: BuiltExport,
  items: Dataset,
  native: (operation: string) => Promise<Tensors>,
  decoded: (rows: Readonly<Record<string, Float32Array>>, count: number) => Promise<FloatTensor>
): Promise<number> {
  const load = async (part: string): Promise<OnnxModel | undefined> => {
    const file = built.files.find(candidate => candidate.part === part)
    return file && OnnxModel.load(Buffer.concat(file.bytes))
  }
  await using model = (await load('model'))!
  const has = (name: string): boolean => model.outputs.some(output => output.name === name)
  const n = items.shape[0]!
  let embedding: FloatTensor | undefined
  if (has('embedding')) {
    embedding = (await native('transform')).embedding as FloatTensor
    compareRows('embedding', embedding, await model.transform(items))
  }
  if (has('probabilities')) {
    const [own, theirs] = [(await native('predictProba')).probabilities!.data as Float32Array, (await model.predictProba(items)).data]
    const largest = own.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0)
    if (!(largest <= probabilityTolerance))
      throw mismatch(`probabilities differ by up to ${largest.toExponential(1)}; ${probabilityTolerance} is allowed`)
  }
  if (has('label')) {
    const [own, theirs] = [(await native('predict')).labels!.data as Int32Array, await model.predict(items)]
    const differing = own.reduce((count, label, i) => count + Number(label !== theirs[i]), 0)
    if (differing > 0) throw mismatch(`${differing} of ${n} labels differ`)
  }
  await using decoder = await load('decoder')
  if (decoder && embedding)
    compareRows('reconstruction', (await native('reconstruct')).reconstruction as FloatTensor, await decoder.decode(embedding))
  await using generator = await load('generator')
  if (generator) {
    const { samples, latents } = await generator.sample({ count: generatedItems })
    const rows = Object.fromEntries(Object.entries(latents).map(([name, { data }]) => [name, data as Float32Array]))
    compareRows('sample', await decoded(rows, generatedItems), samples)
  }
  return n
}

function compareRows(what: string, own: FloatTensor, theirs: FloatTensor): void {
  const n = own.shape[0]!
  const width = own.data.length / n
  for (let row = 0; row < n; row++) {
    let [largest, difference] = [0, 0]
    for (let i = row * width; i < (row + 1) * width; i++) {
      largest = Math.max(largest, Math.abs(own.data[i]!))
      difference = Math.max(difference, Math.abs(own.data[i]! - theirs.data[i]!))
    }
    if (!(difference <= embeddingTolerance * largest)) {
      throw mismatch(
        `the ${what} of item ${row} differs by ${(difference / largest).toExponential(1)} of its largest entry; ${embeddingTolerance} is allowed`
      )
    }
  }
}

function mismatch(what: string): DeepClusteringError {
  return new DeepClusteringError(
    'ERR_EXPORT_MISMATCH',
    `The exported file does not answer as the model does, and was not written: ${what}. Please report this`
  )
}
