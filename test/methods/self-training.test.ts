/** Self-training after a method: what answers, what stays the method's, and what it refuses. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Dataset, readData } from '../../src/data/index.js'
import { DCN } from '../../src/methods/dcn.js'
import { renderReport } from '../../src/report/index.js'
import { blobs } from './blobs.js'

const small = {
  clusters: 10,
  device: 'cpu',
  threads: 1,
  precision: 'float32',
  preset: 'plain',
  widths: [64],
  pretrainEpochs: 2,
  epochs: 1,
  kmeansRestarts: 1,
  selfTrainingEpochs: 2
} as const

describe('self-training', () => {
  let folder = ''
  let digits: Dataset
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'self-training-'))
    const { data, shape } = await readData('mnist-test')
    digits = { data: data.slice(0, 600 * 784), shape: [600, ...shape.slice(1)] }
  })
  after(() => rm(folder, { recursive: true }))

  it('answers for the model, in the process and loaded; its agreement stands in the history, and the report is written', async () => {
    const model = new DCN(small)
    const result = await model.fit(digits, { record: true })
    const epochs = result.history.filter(({ phase }) => phase === 'self-training')
    assert.equal(epochs.length, 2)
    for (const { values } of epochs) assert.ok(values.agreement! >= 0 && values.agreement! <= 1)
    assert.deepEqual(await model.predict(digits), result.labels)
    assert.deepEqual((await model.transform(digits)).shape, [600, 10])
    await model.save(folder)
    assert.ok((await renderReport(folder)).includes('Items on whose cluster the answers agree'))
    const loaded = await DCN.load(folder)
    assert.deepEqual(await loaded.predict(digits), result.labels)
    const sizes = new Int32Array(10)
    for (const label of result.labels) sizes[label]!++
    assert.deepEqual([...result.sizes], [...sizes])
  })

  it('is refused for vectors and for images that are too small, by name', async () => {
    const message = /^Expected 0 for `selfTrainingEpochs` but received 2: self-training needs images/
    const thin = { data: new Uint8Array(60), shape: [20, 3, 1] }
    for (const data of [blobs().data, thin]) await assert.rejects(new DCN({ ...small, clusters: 3 }).fit(data), { name: 'RangeError', message })
  })
})
