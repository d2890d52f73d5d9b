/** A run for each combination of some values. */

import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cellsOf, nameOf } from '../../src/cli/sweep-file.js'
import { writeNpy } from '../../src/data/index.js'
import { blobs } from '../methods/blobs.js'
import { jsonOf, runCommand } from './run-command.js'

describe('a sweep', function () {
  this.timeout(60_000)
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-sweep-'))
    const { data, labels } = blobs()
    await writeNpy(join(folder, 'data.npy'), data)
    await writeFile(join(folder, 'labels.csv'), `${[...labels].join('\n')}\n`)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const file = async (text: string): Promise<string> => {
    await writeFile(join(folder, 'grid.yaml'), text)
    return join(folder, 'grid.yaml')
  }

  it('has each combination once, under a name that is a folder', () => {
    const cells = cellsOf({ a: [1, 2], widths: [[8, 4], [3]] })
    assert.deepEqual(cells.map(nameOf), ['a=1,widths=8-4', 'a=1,widths=3', 'a=2,widths=8-4', 'a=2,widths=3'])
    assert.equal(nameOf({ codes: 'cat10, uniform/2' }), 'codes=cat10__uniform_2')
  })

  it('trains each, two at a time with the bits of one at a time, and tells how they rank', async () => {
    const text = `method: dcn
data: ${join(folder, 'data.npy')}
labels: ${join(folder, 'labels.csv')}
clusters: 3
widths: [8]
latent: 3
pretrainEpochs: 4
epochs: 2
device: cpu
threads: 1
grid:
  preset: [plain, graph]
  seed:
    - 3
    - 4
`
    const path = await file(text)
    const [one, two] = [join(folder, 'one'), join(folder, 'two')]
    const ran = await runCommand(['sweep', path, '--out', one, '--json'])
    assert.equal(ran.code, 0, ran.stderr)
    const { method, runs } = jsonOf(ran) as unknown as {
      method: string
      runs: { values: unknown; criterion: number | null; seed: number; preset: string; metrics: { acc: number }; out: string }[]
    }
    assert.equal(method, 'dcn')
    assert.deepEqual(
      runs.map(({ values, seed, preset }) => [values, seed, preset]),
      [
        [{ preset: 'plain', seed: 3 }, 3, 'plain'],
        [{ preset: 'plain', seed: 4 }, 4, 'plain'],
        [{ preset: 'graph', seed: 3 }, 3, 'graph'],
        [{ preset: 'graph', seed: 4 }, 4, 'graph']
      ]
    )
    for (const { preset, criterion, metrics } of runs) {
      assert.equal(typeof criterion, preset === 'graph' ? 'number' : 'object')
      assert.ok(metrics.acc > 0.5)
    }
    assert.match(ran.stderr, /^1\/4 {2}preset=plain,seed=3 {2}\d+\.\d s\n/)
    const again = await runCommand(['sweep', path, '--out', two, '--jobs', '2', '--quiet'])
    assert.equal(again.code, 0, again.stderr)
    assert.match(again.stdout, /^preset +seed +seconds +normalisedCut +ACC +NMI +out\nplain +3 /)
    assert.equal(again.stderr, '')
    for (const name of await readdir(one)) {
      const models = await Promise.all(
        [one, two].map(place => runCommand(['predict', join(place, name), '--data', join(folder, 'data.npy'), '--out', '-', '--embedding']))
      )
      assert.equal(models[0]!.stdout, models[1]!.stdout)
    }
  })

  for (const [what, text, message] of [
    ['no grid', 'method: kmeans\nclusters: 3\n', /grid\.yaml:1:1: Expected lists of values, by option, under for `grid`/],
    ['an unknown option', 'method: kmeans\ngrid:\n  cluster: [3]\n', /grid\.yaml:3:3: Unknown option `cluster`: did you mean `clusters`\?/],
    ['what is no list', 'method: kmeans\ngrid:\n  clusters: 3\n', /grid\.yaml:3:3: Expected a list of values for `grid\.clusters` but received 3/],
    ['a wrong value', 'method: kmeans\ngrid:\n  clusters: [3, 0]\n', /grid\.yaml:3:17: Expected an integer from 1 for `clusters` but received 0/],
    ['no method', 'grid:\n  clusters: [3]\n', /names no method/],
    ['a misspelt method', 'method: kmean\n', /Unknown method `kmean`: did you mean `kmeans`\?/]
  ] as const) {
    it(`tells of ${what} with its place`, async () => {
      const ran = await runCommand(['sweep', await file(text), '--out', join(folder, 'x'), '--data', 'y'])
      assert.equal(ran.code, 2, ran.stderr)
      assert.match(ran.stderr, message)
    })
  }
})
