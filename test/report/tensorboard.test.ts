/** Event files: their bytes by hand, and read back by Python's tensorboard where that is installed. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FitEvent } from '../../src/index.js'
import { EventFile, maskedChecksum } from '../../src/report/event-file.js'
import { TensorBoardLog, writeTensorBoard } from '../../src/report/index.js'
import { hostile, type TrainedRuns, trainedRuns } from './runs.js'

const pythons = [process.env.TENSORBOARD_PYTHON, join(homedir(), '.cache', 'deep-clustering', 'tensorboard', 'bin', 'python'), 'python3']
const python = pythons.find(path => path && (path === 'python3' || existsSync(path)) && spawnSync(path, ['-c', 'import tensorboard']).status === 0)

const reader = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from google.protobuf import text_format
folder = sys.argv[1]
events = EventAccumulator(folder, size_guidance={'images': 0, 'scalars': 0})
events.Reload()
tags = events.Tags()
config = ProjectorConfig()
text_format.Parse(open(folder + '/projector_config.pbtxt').read(), config)
embedding = config.embeddings[0]
print(json.dumps({
  'scalars': {tag: [[event.step, event.value] for event in events.Scalars(tag)] for tag in tags['scalars']},
  'images': {tag: [events.Images(tag)[0].width, events.Images(tag)[0].height] for tag in tags['images']},
  'projector': [embedding.tensor_path, embedding.metadata_path, embedding.sprite.image_path, list(embedding.sprite.single_image_dim)]
}))
`

describe('TensorBoard', () => {
  let folder: string
  let runs: TrainedRuns
  before(async () => void (runs = await trainedRuns()))
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dc-tensorboard-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  it('checksums are CRC-32C, masked', () => {
    // CRC-32C of "123456789" is e3069283 (RFC 3720, appendix B.4 has the polynomial); masked: rotated right by 15, and a282ead8 added.
    const crc = 0xe3069283
    assert.equal(maskedChecksum(Buffer.from('123456789')), ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) % 2 ** 32)
  })

  it('a record is a length, its checksum, an event and its checksum', () => {
    const file = new EventFile(folder)
    const before = readFileSync(file.path).length
    file.append(3, [{ tag: 'a/b', simpleValue: 0.5 }], 2)
    const record = readFileSync(file.path).subarray(before)
    // wall_time 2.0, step 3, summary { value { tag "a/b", simple_value 0.5 } }
    const event = Buffer.from([0x09, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x10, 3, 0x2a, 12, 0x0a, 10, 0x0a, 3, 0x61, 0x2f, 0x62, 0x15, 0, 0, 0, 0x3f])
    assert.deepEqual(record.subarray(12, 12 + event.length), event)
    assert.equal(record.readBigUInt64LE(0), BigInt(event.length))
    assert.equal(record.readUInt32LE(12 + event.length), maskedChecksum(event))
    assert.equal(record.length, 12 + event.length + 4)
  })

  it('a log takes the events of a fit, each restart in a folder of its own', () => {
    const log = new TensorBoardLog(folder)
    const start = (seed: number): FitEvent => ({
      type: 'start',
      method: 'dcn',
      n: 1,
      shape: [1],
      preset: null,
      seed,
      device: 'cpu',
      precision: 'float32',
      options: {},
      given: {},
      threads: 1,
      tf32: true,
      capture: true
    })
    const epoch: FitEvent = {
      type: 'epoch',
      phase: 'joint',
      epoch: 1,
      epochs: 1,
      seconds: 1,
      samples: 1,
      samplesPerSecond: 1,
      secondsLeft: 0,
      values: { loss: 1 }
    }
    for (const event of [start(4), epoch, start(5), epoch, epoch]) log.take(event)
    assert.deepEqual([readdirSync(folder).length, readdirSync(join(folder, 'seed-5')).length], [2, 1])
  })

  it('a table of the projector has a line an item, whatever the labels hold', async () => {
    await writeTensorBoard(runs.of('dcn'), folder)
    const lines = readFileSync(join(folder, 'metadata.tsv'), 'utf8').trimEnd().split('\n')
    assert.deepEqual([lines.length, lines[0]], [401, 'item\tcluster\tlabel'])
    assert.ok(lines.every(line => line.split('\t').length === 3) && lines[1]!.includes(hostile))
    assert.equal(readFileSync(join(folder, 'tensors.tsv'), 'utf8').trimEnd().split('\n').length, 400)
  })

  it("is read back by Python's tensorboard", async function () {
    if (!python) {
      console.log('      skipped: no Python with tensorboard (pip install tensorboard; TENSORBOARD_PYTHON=PATH)')
      this.skip()
    }
    await writeTensorBoard(runs.of('vade'), folder)
    const { stdout, stderr } = spawnSync(python, ['-c', reader, folder], { encoding: 'utf8' })
    assert.notEqual(stdout, '', stderr)
    const { scalars, images, projector } = JSON.parse(stdout) as {
      scalars: Record<string, [number, number][]>
      images: Record<string, number[]>
      projector: unknown[]
    }
    const { history } = JSON.parse(readFileSync(join(runs.of('vade'), 'config.json'), 'utf8')) as {
      history: { phase: string; epoch: number; values: Record<string, number> }[]
    }
    for (const name of ['elbo', 'acc', 'changed']) {
      const wanted = history.filter(({ phase }) => phase === 'joint').map(({ epoch, values }) => [epoch, Math.fround(values[name]!)])
      assert.deepEqual(scalars[`joint/${name}`], wanted)
    }
    assert.deepEqual(Object.keys(images).sort(), ['clusters', 'prototypes', 'samples'])
    assert.deepEqual(images.prototypes, [10 * 28 + 9 * 2, 28])
    assert.deepEqual(projector, ['tensors.tsv', 'metadata.tsv', 'sprite.png', [28, 28]])
  })

  it('has a walk along each code of InfoGAN among its images', async () => {
    await writeTensorBoard(runs.of('infogan'), folder)
    const file = readFileSync(join(folder, readdirSync(folder).find(name => name.startsWith('events'))!)).toString('latin1')
    for (const tag of ['traversal.c1', 'traversal.c2', 'traversal.c3', 'samples', 'read-out/mutualInformation']) assert.ok(file.includes(tag), tag)
  })
})
