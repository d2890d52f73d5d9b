/** From a place to the items that lie there. */

import { arrowSource } from './arrow.js'
import { csvSource } from './csv.js'
import { idxLayout } from './idx.js'
import { imageSource } from './images.js'
import { npyLayout } from './npy.js'
import { parquetSource } from './parquet.js'
import type { FilePlace, Format, Place } from './places.js'
import { joined, layoutSource, type Source } from './source.js'
import { querySource } from './sql.js'

const openers: Readonly<Record<Format, (path: string) => Promise<Source>>> = {
  npy: async path => layoutSource(await npyLayout(path)),
  idx: async path => layoutSource(await idxLayout(path)),
  csv: csvSource,
  images: imageSource,
  parquet: parquetSource,
  arrow: arrowSource
}

/** The items of each file. @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, ERR_FILE_FORMAT, or for a peer that is missing */
export async function openFiles(files: readonly FilePlace[]): Promise<readonly Source[]> {
  const sources: Source[] = []
  for (const { path, format } of files) sources.push(await openers[format](path))
  return sources
}

/** The items of a place. @throws as {@link openFiles}; DeepClusteringError ERR_QUERY */
export async function openPlace(place: Place, signal?: AbortSignal): Promise<Source> {
  return 'query' in place ? await querySource(place.query, signal) : joined(await openFiles(place))
}
