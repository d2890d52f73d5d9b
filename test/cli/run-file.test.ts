import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { methodValues } from '../../src/estimator/method.js'
import { estimators } from '../../src/methods/index.js'
import { useFakeAddon } from '../estimator/fake-addon.js'
import { jsonOf, runCommand } from './run-command.js'

describe('a run as a file', () => {
  useFakeAddon()
  let folder: string
  let data: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deep-clustering-'))
    data = join(folder, 'data.csv')
    await writeFile(data, Array.from({ length: 30 }, (_, item) => `${item % 3},${item}\n`).join(''))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const givenIn = async (model: string): Promise<unknown> =>
    (JSON.parse(await readFile(join(folder, model, 'config.json'), 'utf8')) as { given: unknown }).given

  it('is trained as its flags would be, from YAML and from JSON; flags win over it', async () => {
    const values = { data, clusters: 3, out: join(folder, 'a'), pretrainEpochs: 2, widths: [4], memory: '1MB' }
    const yaml = await file(
      'run.yaml',
      `# a comment\nmethod: dcn\n${Object.entries(values)
        .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
        .join('')}`
    )
    const json = await file('run.json', JSON.stringify({ method: 'dcn', ...values }, null, 2))
    for (const [path, model] of [
      [yaml, 'b'],
      [json, 'c']
    ] as const) {
      const ran = await runCommand(['train', '--config', path, '--out', join(folder, model), '--seed', '5', '--json'])
      assert.equal(ran.code, 0, ran.stderr)
      assert.deepEqual(jsonOf(ran).out, join(folder, model))
      assert.deepEqual(await givenIn(model), { clusters: 3, pretrainEpochs: 2, widths: [4], seed: 5 })
    }
    const named = await runCommand(['train', 'dcn', '--config', yaml])
    assert.equal(named.code, 0, named.stderr)
    assert.deepEqual(await givenIn('a'), { clusters: 3, pretrainEpochs: 2, widths: [4] })
  })

  it('may be the record of another run, or its folder', async () => {
    const first = await runCommand([
      'train',
      'dcn',
      '--data',
      data,
      '--clusters',
      '3',
      '--lambda',
      '2',
      '--preset',
      'paper',
      '--out',
      join(folder, 'a')
    ])
    assert.equal(first.code, 0, first.stderr)
    for (const [model, ...from] of [
      ['b', '--like', join(folder, 'a')],
      ['c', `--config=${join(folder, 'a', 'config.json')}`]
    ] as const) {
      const again = await runCommand(['train', ...from, '--data', data, '--out', join(folder, model)])
      assert.equal(again.code, 0, again.stderr)
      assert.deepEqual(await givenIn(model), { clusters: 3, lambda: 2, preset: 'paper' })
    }
  })

  for (const [what, text, message] of [
    [
      'a misspelt option',
      'method: dcn\nclusters: 3\n  \npretrainEpoch: 2\n',
      /run\.yaml:4:1: Unknown option `pretrainEpoch`: did you mean `pretrainEpochs`\?/
    ],
    ['a value out of its range', 'method: dcn\nclusters: 3\nlambda:   -1\n', /run\.yaml:3:11: Expected a number from 0 for `lambda` but received -1/],
    ['a value of the wrong type', 'method: dcn\nclusters: three\n', /run\.yaml:2:11: Expected an integer from 1 for `clusters` but received "three"/],
    ['a wrong size', 'method: dcn\nmemory: much\n', /run\.yaml:2:9: Expected a size such as 500MB.* for `memory` but received "much"/],
    [
      'values that do not go together',
      'method: dcn\nclusters: 3\nout: x\ndata: y\nrounds: 2\npreset: plain\n',
      /run\.yaml:5:9: Expected 'graph' or 'linkage' \(`rounds` is above 0\)/
    ],
    ['a misspelt method', 'method: dcm\n', /Unknown method `dcm`: did you mean `dcn`\?/],
    ['another method', 'method: vade\n', /The file is for `train vade`, not for `train dcn`/, 'dcn'],
    ['what is no YAML', 'method: dcn\nwidths: [1, 2\n', /run\.yaml:\d:\d+: /],
    ['a list', '- method\n', /run\.yaml:1:1: Expected a map of options/],
    ['a key twice', 'method: dcn\nclusters: 3\nclusters: 4\n', /run\.yaml:3:1: Map keys must be unique/]
  ] as const) {
    it(`tells of ${what} its line and column`, async () => {
      const path = await file('run.yaml', text)
      const ran = await runCommand(['train', ...(what === 'another method' ? ['dcn'] : []), '--config', path])
      assert.equal(ran.code, 2, ran.stderr)
      assert.match(ran.stderr, message)
    })
  }

  it('that is not there is told as any file, and --like as --config excludes it', async () => {
    const missing = await runCommand(['train', '--config', join(folder, 'no.yaml')])
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /ERR_FILE_NOT_FOUND/)
    const both = await runCommand(['train', '--config', 'a', '--like', 'b'])
    assert.match(both.stderr, /exclude each other/)
  })
})

describe('schema', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  const print = async (...args: string[]): Promise<object> => {
    const ran = await runCommand(['schema', ...args])
    assert.equal(ran.code, 0, ran.stderr)
    return JSON.parse(ran.stdout) as object
  }

  for (const { method } of estimators as readonly (typeof estimators)[number][]) {
    it(`of ${method.name} takes its presets and defaults, and no misspelt name`, async () => {
      const valid = ajv.compile(await print(method.name))
      const clusters = 'clusters' in method.options ? { clusters: 3 } : {}
      for (const preset of [null, ...Object.keys(method.presets)]) {
        const values = Object.fromEntries(Object.entries(methodValues(method, preset, clusters)).filter(([, value]) => value !== undefined))
        assert.ok(valid({ ...values, ...(preset && { preset }) }), `${preset}: ${ajv.errorsText(valid.errors)}`)
      }
      assert.ok(!valid({ ...clusters, seeed: 3 }))
      assert.ok(!valid({ ...clusters, seed: -1 }))
      assert.ok(!valid({ ...clusters, device: 'gpu' }))
    })
  }

  it('knows what options ask of each other', async () => {
    const valid = ajv.compile(await print('dcn'))
    assert.ok(valid({ clusters: 3, optimizer: 'sgd', nesterov: true, momentum: 0.5 }))
    assert.ok(!valid({ clusters: 3, optimizer: 'sgd', nesterov: true, momentum: 0 }))
    assert.ok(!valid({ clusters: 3, rounds: 2, start: 'kmeans' }))
    assert.ok(!valid({}))
  })

  it('of runs takes what train --config takes', async () => {
    const valid = ajv.compile(await print())
    assert.ok(valid({ method: 'vade', data: ['a.npy', 'b.npy'], out: 'x', clusters: 3, preset: 'graph' }), ajv.errorsText(valid.errors))
    assert.ok(valid({ method: 'gan', epochs: 3 }), ajv.errorsText(valid.errors))
    for (const wrong of [{ method: 'gan', clusters: 3 }, { clusters: 3 }, { method: 'dcn', resume: true }, { method: 'dcn', lambda: -1 }])
      assert.ok(!valid(wrong), JSON.stringify(wrong))
  })

  it('of an unknown method corrects it', async () => {
    const ran = await runCommand(['schema', 'vad'])
    assert.equal(ran.code, 2)
    assert.match(ran.stderr, /did you mean `vade`/)
  })
})
