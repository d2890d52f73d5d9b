/**
 * Vectors out of Parquet by SQL, their clusters back into Parquet: `node cluster-parquet.mjs items.parquet 8 clusters.parquet`, for a file with the columns `id` and
 * `embedding` (a list of numbers). Needs `npm install deep-clustering @duckdb/node-api`.
 */

import { DuckDBInstance } from '@duckdb/node-api'
import { SpectralClustering } from 'deep-clustering'
import { writeCsv } from 'deep-clustering/data'

const [items, clusters, out] = process.argv.slice(2)

// A query is read like a file, in bounded memory; the order of its rows is that of the labels.
const model = new SpectralClustering({ clusters: Number(clusters), seed: 0 })
const { labels, sizes, normalisedCut } = await model.fit(`SELECT embedding FROM '${items}' ORDER BY id`)
model.dispose()
console.log(`${labels.length} items in clusters of ${sizes.join(', ')}; normalised cut ${normalisedCut.toFixed(4)}`)

await writeCsv(`${out}.csv`, { data: labels, shape: [labels.length, 1] })
const database = await DuckDBInstance.create(':memory:')
const connection = await database.connect()
await connection.run(`COPY (
  SELECT id, cluster
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS row FROM '${items}')
  JOIN (SELECT column0 AS cluster, row_number() OVER () AS row FROM read_csv('${out}.csv', header = false)) USING (row)
  ORDER BY id
) TO '${out}' (FORMAT parquet)`)
connection.closeSync()
database.closeSync()
