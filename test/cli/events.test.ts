/** The events of a run as lines of JSON, for programs in any language. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeNpy } from '../../src/data/index.js'
import { blobs } from '../methods/blobs.js'
import { runCommand } from './run-command.js'

type Line = Readonly<Record<string, unknown>> & { readonly type: string }

/** What stands in config.json, put together from the events alone. */
const rebuild = `
  . as $all
  | ($all | map(select(.type == "start"))[0]) as $start
  | ($all | map(select(.type == "end"))[0].result) as $result
  | ($all | map(select(.type == "epoch"))) as $epochs
  | $start
  | {
      method, given, n, shape, preset, options, seed, device, precision, threads, tf32, capture,
      finished: ($result != null),
      history: ($epochs | map({phase, epoch, seconds, values} + (if .sizes then {sizes} else {} end))),
      phases: ($all | map(select(.type == "phase-end") | . as $ended | ($epochs | map(select(.phase == $ended.phase))) as $of
        | { name: .phase, epochs: ($of | length), samples: ($of | map(.samples) | add // 0), seconds })),
      warnings: ($all | map(select(.type == "warning") | .message)),
      restarts: ($result.restarts // []),
      metrics: $result.metrics
    }`

describe('events as lines', function () {
  this.timeout(60_000)
  let folder: string
  const train = (...more: readonly string[]): readonly string[] => [
    ...[
      'train',
      'dcn',
      '--data',
      join(folder, 'data.npy'),
      '--labels',
      join(folder, 'labels.csv'),
      '--clusters',
      '3',
      '--out',
      join(folder, 'model')
    ],
    ...['--widths', '8', '--latent', '3', '--pretrain-epochs', '3', '--epochs', '2', '--device', 'cpu', '--threads', '1', '--quiet', ...more]
  ]
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dc-events-'))
    const { data, labels } = blobs()
    await writeNpy(join(folder, 'data.npy'), data)
    await writeFile(join(folder, 'labels.csv'), `${[...labels].join('\n')}\n`)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const linesOf = (text: string): readonly Line[] =>
    text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Line)

  it('come on stdout, versioned, with the report last', async () => {
    const ran = await runCommand(train('--json=events'))
    assert.equal(ran.code, 0, ran.stderr)
    const lines = linesOf(ran.stdout)
    assert.deepEqual(lines[0], { type: 'stream', version: 1 })
    assert.deepEqual(
      lines.slice(-2).map(({ type }) => type),
      ['end', 'report']
    )
    for (const type of ['start', 'phase', 'epoch', 'phase-end'])
      assert.ok(
        lines.some(line => line.type === type),
        type
      )
    assert.equal((lines.at(-1) as { n?: number }).n, 600)
    for (const line of lines) assert.ok(JSON.stringify(line).length < 20_000, 'no line grows with the data')
  })

  it('of a failure end with the error', async () => {
    const ran = await runCommand(['train', 'dcn', '--data', join(folder, 'none.npy'), '--clusters', '3', '--out', join(folder, 'x'), '--json=events'])
    assert.equal(ran.code, 1)
    assert.deepEqual((linesOf(ran.stdout).at(-1) as unknown as { error: { code: string } }).error.code, 'ERR_FILE_NOT_FOUND')
  })

  it('are added to a file, from which jq puts the record together that config.json has', async function () {
    const log = join(folder, 'run.jsonl')
    const ran = await runCommand(train('--log', log, '--json'))
    assert.equal(ran.code, 0, ran.stderr)
    assert.equal(linesOf(ran.stdout).length, 1)
    const jq = spawnSync('jq', ['-s', rebuild, log], { encoding: 'utf8' })
    if (jq.error) this.skip()
    assert.equal(jq.status, 0, jq.stderr)
    const record = JSON.parse(await readFile(join(folder, 'model', 'config.json'), 'utf8')) as Readonly<Record<string, unknown>>
    // What the folder adds: of which form it is, and which tensors belong to it.
    const { format: _, formatVersion: __, pair: ___, ...told } = record
    assert.deepEqual(JSON.parse(jq.stdout), told)
  })

  it('cannot go where nothing can be written, and are of one run', async () => {
    const nowhere = await runCommand(train('--log', join(folder, 'no', 'run.jsonl')))
    assert.equal(nowhere.code, 1)
    assert.match(nowhere.stderr, /ERR_FILE_WRITE/)
    const sweep = await runCommand(['train', 'kmeans', '--data', 'x', '--clusters', '3', '--out', 'y', '--json=event'])
    assert.equal(sweep.code, 2)
    assert.match(sweep.stderr, /Expected 'report' or 'events' for `--json`/)
  })
})
