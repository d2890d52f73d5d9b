import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Recording, readRecording, removeRecording, saveRecording, writeSafetensors } from '../../src/model-file/index.js'
import type { Tensors } from '../../src/native/addon.js'

const floats = (...shape: number[]): { readonly data: Float32Array; readonly shape: readonly number[] } => ({
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i / 4),
  shape
})

export const recording: Recording = {
  items: Int32Array.of(2, 5, 9),
  data: { data: Uint8Array.from({ length: 12 }, (_, i) => i), shape: [3, 2, 2] },
  frames: [
    { phase: 'pretrain', epoch: 4, codes: floats(3, 2) },
    { phase: 'joint', epoch: 1, codes: floats(3, 2), assignments: Int32Array.of(0, 1, 1) }
  ],
  labels: Int32Array.of(0, 1, 1),
  sizes: Int32Array.of(4, 6),
  truth: Int32Array.of(7, 8, 8),
  confusion: { counts: Float64Array.of(4, 0, 1, 5), labels: [7, 8], clusters: [0, 1], n: 10 },
  profile: { mean: floats(4).data, deviation: floats(4).data, means: floats(2, 4), deviations: floats(2, 4) },
  pictures: { prototypes: floats(2, 2, 2) },
  names: { data: '<b>', classes: ['a"', "'b"] },
  versions: { node: '20' }
}

describe('recording.safetensors', () => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dc-recording-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  it('gives back what was written, and nothing once it is removed', async () => {
    await saveRecording(folder, recording)
    assert.deepEqual(await readRecording(folder), recording)
    await removeRecording(folder)
    assert.equal(await readRecording(folder), undefined)
  })

  it('may hold no more than the items', async () => {
    const { items, data, names, versions } = recording
    const least = { items, data, frames: [], pictures: {}, names: {}, versions }
    assert.deepEqual(Object.keys(names), ['data', 'classes'])
    await saveRecording(folder, least)
    assert.deepEqual(await readRecording(folder), least)
  })

  it('refuses files that are none, damaged, or of a newer version', async () => {
    const path = join(folder, 'recording.safetensors')
    const refused = async (tensors: Tensors, text: string, message: RegExp): Promise<void> => {
      await writeSafetensors(path, tensors, { recording: text })
      await assert.rejects(readRecording(folder), { code: 'ERR_FILE_FORMAT', message })
    }
    const text = (changes: object = {}): string => JSON.stringify({ version: 1, frames: [], names: {}, versions: {}, ...changes })
    const { data } = recording
    const items = { data: Int32Array.of(2, 5, 9), shape: [3] }
    writeFileSync(path, 'no safetensors')
    await assert.rejects(readRecording(folder), { code: 'ERR_FILE_FORMAT' })
    await refused({ items, data }, '', /not a recording/)
    await refused({ items, data }, '[[[[[[[[[[1]]]]]]]]]]', /not a recording/)
    await refused({ items, data }, text({ version: 2 }), /has version 2.*upgrade/)
    await refused({ data }, text(), /has no `items`/)
    await refused({ items, data: { data: new Uint8Array(8), shape: [2, 4] } }, text(), /`data` is not what/)
    await refused({ items, data, labels: { data: Int32Array.of(1), shape: [1] } }, text(), /`labels` is not what/)
    await refused({ items, data }, text({ frames: [{ phase: 'joint', epoch: 1 }] }), /has no `frame.0.codes`/)
    await refused({ items, data }, text({ frames: [{ phase: 1, epoch: 1 }] }), /not a recording/)
    await refused({ items, data, 'frame.0.codes': floats(2, 2) }, text({ frames: [{ phase: 'joint', epoch: 1 }] }), /`frame.0.codes` is not what/)
    await refused(
      { items, data, 'confusion.counts': floats(2, 2), 'confusion.labels': items, 'confusion.clusters': items },
      text(),
      /`confusion.counts` is not what/
    )
  })
})
