/** The programs in docs/examples, run as a reader runs them. */

import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { readData, writeNpy } from '../../src/data/index.js'
import { DCN } from '../../src/methods/dcn.js'
import { packageRoot } from '../../src/native/build-info.js'
import { blobs } from '../methods/blobs.js'
import { type Ran, run } from '../packages/local-registry.js'

const examples = join(packageRoot, 'docs', 'examples')

describe('examples', function () {
  this.timeout(120_000)
  let folder: string
  let items: string
  const { data } = blobs()
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-examples-'))
    items = join(folder, 'items.npy')
    await writeNpy(items, data)
  })
  after(() => rm(folder, { recursive: true }))

  const ran: string[] = []
  const example = async (name: string, ...args: readonly string[]): Promise<string> => {
    ran.push(name)
    const { code, stdout, output }: Ran = await run(process.execPath, [join(examples, name), ...args], folder, process.env)
    assert.equal(code, 0, output)
    return stdout
  }

  it('a progress bar', async () => {
    const shown = await example('progress-bar.mjs', items, '3')
    assert.match(shown, /^600 items on cpu, preset graph\n/)
    assert.match(shown, /pretrain +█{30} \d+\.\d s/)
    assert.match(shown, /clusters of \d+, \d+, \d+ items\n$/)
  })

  it('a queue', async () => {
    const shown = await example('worker-queue.mjs', items, '3', '4')
    assert.match(shown, /3 clusters: pretrain 20\/20/)
    assert.equal(shown.match(/^done: [34] clusters of \d+ to \d+ items/gm)?.length, 2)
  })

  it('Parquet', async () => {
    const database = await DuckDBInstance.create(':memory:')
    const connection = await database.connect()
    const parquet = join(folder, 'items.parquet')
    await connection.run(
      `COPY (SELECT 500 - i AS id, [20 * (i % 2) + random(), random()]::FLOAT[] AS embedding FROM range(0, 400) t(i)) TO '${parquet}' (FORMAT parquet)`
    )
    const out = join(folder, 'clusters.parquet')
    assert.match(await example('cluster-parquet.mjs', parquet, '2', out), /^400 items in clusters of 200, 200; normalised cut 0\.\d+\n$/)
    const rows = await (await connection.runAndReadAll(`SELECT DISTINCT id % 2 AS half, cluster FROM '${out}' ORDER BY half`)).getRowsJS()
    assert.equal(rows.length, 2)
    connection.closeSync()
    database.closeSync()
  })

  it('an app that only serves', async () => {
    const model = new DCN({ clusters: 3, device: 'cpu', widths: [8], latent: 3, pretrainEpochs: 5 })
    await model.fit(data)
    const path = join(folder, 'blobs.onnx')
    await model.exportOnnx(path)
    model.dispose()
    const shown = await example('onnx-app.mjs', path, items)
    assert.match(shown, /^dcn with 3 clusters/)
    assert.match(shown, /100 answers\n$/)
    assert.equal((await readData(items)).shape[0], 600)
  })

  it('are all run, and listed', () => {
    const programs = readdirSync(examples).filter(name => name.endsWith('.mjs'))
    assert.deepEqual([...ran].sort(), programs.sort())
    assert.ok(existsSync(join(examples, 'README.md')))
  })
})
