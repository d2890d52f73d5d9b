/** True labels, by the path of whatever holds them. */

import { expected } from '../errors.js'
import { formatError } from '../file-errors.js'
import { type LabelList, readCsvLabels } from './csv.js'
import { idxLayout } from './idx.js'
import { classesOf, imageFiles } from './images.js'
import { readLayout } from './layout.js'
import { npyLayout } from './npy.js'
import { type FilePlace, placesOf } from './places.js'
import { readQueryLabels } from './sql.js'
import { inSlices } from './turns.js'

/**
 * Reads labels by path (IDX, IDX.gz, NPY of one dimension, CSV of one column, a folder whose subfolders are classes), by the name `mnist-test`, or by a SQL
 * query with one column. Several paths, or a glob, are one list.
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT if the file is damaged, or holds no labels; ERR_QUERY, ERR_DUCKDB_MISSING
 */
export async function readLabels(pathOrName: string | readonly string[], options: { readonly signal?: AbortSignal } = {}): Promise<LabelList> {
  const place = await placesOf(pathOrName, 'labels')
  if ('query' in place) return readQueryLabels(place.query, options.signal)
  const lists: LabelList[] = []
  for (const file of place) lists.push(await readFile(file, options.signal))
  return lists.length === 1 ? lists[0]! : joinedLabels(lists, place)
}

async function readFile({ path, format }: FilePlace, signal: AbortSignal | undefined): Promise<LabelList> {
  if (format === 'csv') return readCsvLabels(path, signal && { signal })
  if (format === 'images') {
    const classes = classesOf(await imageFiles(path))
    if (classes.names.length < 2) throw formatError(path, 'has no subfolders: the classes of its images are not known')
    return classes
  }
  if (format !== 'npy' && format !== 'idx') throw formatError(path, `is read for labels by a SQL query: "SELECT label FROM '${path}'"`)
  const { data, shape } = await readLayout(format === 'npy' ? await npyLayout(path) : await idxLayout(path), signal)
  if (shape.length !== 1) throw formatError(path, `has the shape [${shape.join(', ')}]; labels have one dimension`)
  if (data instanceof Int32Array) return { labels: data }
  const labels = new Int32Array(data.length)
  await inSlices(data.length, signal, (from, to) => {
    for (let i = from; i < to; ++i) {
      const value = data[i]!
      if ((value | 0) !== value) throw formatError(path, `label ${i} is ${value}, not an integer`)
      labels[i] = value
    }
  })
  return { labels }
}

/** Integers one after another; words by their names, whatever number they have in each list. */
function joinedLabels(lists: readonly LabelList[], files: readonly FilePlace[]): LabelList {
  const odd = lists.findIndex(({ names }) => (names === undefined) !== (lists[0]!.names === undefined))
  if (odd >= 0)
    throw formatError(
      files[odd]!.path,
      expected(lists[0]!.names ? 'words, as in the first file,' : 'integers, as in the first file,', 'labels', 'others')
    )
  const labels = new Int32Array(lists.reduce((n, list) => n + list.labels.length, 0))
  const codes = new Map<string, number>()
  let at = 0
  for (const { labels: part, names } of lists) {
    for (const name of names ?? []) if (!codes.has(name)) codes.set(name, codes.size)
    const codeOf = names?.map(name => codes.get(name)!)
    labels.set(codeOf ? part.map(label => codeOf[label]!) : part, at)
    at += part.length
  }
  return lists[0]!.names ? { labels, names: [...codes.keys()] } : { labels }
}
