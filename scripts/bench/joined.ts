/** Data of several files as one, by a list of paths: MNIST comes in two. */
import { type Dataset, readData, readLabels } from '../../src/data/index.js'

/** One dataset out of several of the same item shape and type. */
function joined(parts: readonly Dataset[]): Dataset {
  const [first] = parts
  const n = parts.reduce((sum, part) => sum + part.shape[0]!, 0)
  const length = parts.reduce((sum, part) => sum + part.data.length, 0)
  const data = first!.data instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length)
  let offset = 0
  for (const part of parts) {
    data.set(part.data, offset)
    offset += part.data.length
  }
  return { data, shape: [n, ...first!.shape.slice(1)] }
}

/** The data of `PATH[,PATH…]`, joined in order. */
export async function readJoined(paths: string): Promise<Dataset> {
  return joined(await Promise.all(paths.split(',').map(path => readData(path))))
}

/** The labels of `PATH[,PATH…]`, joined in order. */
export async function readJoinedLabels(paths: string): Promise<Int32Array> {
  const parts = await Promise.all(paths.split(',').map(path => readLabels(path)))
  return Int32Array.from(parts.flatMap(part => [...part.labels]))
}
