import assert from 'node:assert/strict'
import { helpOf, markdownOf } from '../../src/options/describe.js'
import { flagOf, parseFlags } from '../../src/options/flags.js'
import { optionTable, prefixed } from '../../src/options/table.js'

const table = optionTable({
  clusters: { type: 'integer', min: 1, required: true, meaning: 'Number of clusters', unit: 'clusters' },
  widths: { type: 'integers', min: 1, default: [500, 2000], meaning: 'Layers' },
  learningRate: { type: 'number', min: 0, open: 'min', default: 0.1, meaning: 'Rate', source: 'a | b' },
  optimizer: { type: 'choice', choices: ['adam', 'sgd'], default: 'adam', meaning: 'Optimiser' },
  reencode: { type: 'boolean', default: true, meaning: 'Encode again' },
  data: { type: 'text', placeholder: 'PATH', meaning: 'Data' },
  memory: { type: 'bytes', meaning: 'Memory' },
  files: { type: 'texts', placeholder: 'PATH', meaning: 'Files' }
})

describe('parseFlags', () => {
  it('reads every type of value', () => {
    const { values, positionals } = parseFlags(table, [
      'dir',
      '--clusters',
      '10',
      '--widths=5,6',
      '--learning-rate',
      '1e-3',
      '--optimizer',
      'sgd',
      '--no-reencode',
      '--data',
      'x.npy'
    ])
    assert.deepEqual(values, { clusters: 10, widths: [5, 6], learningRate: 1e-3, optimizer: 'sgd', reencode: false, data: 'x.npy' })
    assert.deepEqual(positionals, ['dir'])
  })

  it('reads sizes, and flags that may be given again', () => {
    const read = (...args: readonly string[]) => parseFlags(table, ['--clusters', '2', ...args]).values
    for (const [text, size] of [
      ['1000', 1000],
      ['500MB', 5e8],
      ['2GB', 2e9],
      ['1.5gib', 1.5 * 2 ** 30],
      ['4k', 4000]
    ] as const)
      assert.equal(read('--memory', text).memory, size)
    assert.deepEqual(read('--files', 'a', '--files=b').files, ['a', 'b'])
  })

  it('leaves flags that were not given absent', () => assert.deepEqual(parseFlags(table, ['--clusters', '2']).values, { clusters: 2 }))

  const wrong: readonly (readonly [string, readonly string[], string])[] = [
    ['a misspelt flag', ['--clustres', '3'], 'Unknown option `--clustres`: did you mean `--clusters`?'],
    ['a missing value', ['--clusters'], '`--clusters` needs a value: an integer from 1'],
    ['a flag where a value belongs', ['--data', '--clusters', '3'], '`--data` needs a value: a text (PATH)'],
    ['text for a number', ['--clusters', 'ten'], 'Expected an integer from 1 for `--clusters` but received "ten"'],
    ['an empty number', ['--clusters', ''], 'Expected an integer from 1 for `--clusters` but received ""'],
    ['a number out of range', ['--clusters', '0'], 'Expected an integer from 1 for `--clusters` but received 0'],
    ['a negative number', ['--clusters', '3', '--learning-rate', '-1'], 'Expected a number above 0 for `--learning-rate` but received -1'],
    ['an unknown choice', ['--clusters', '3', '--optimizer', 'sdg'], "Expected 'adam' or 'sgd' for `--optimizer` but received \"sdg\""],
    ['a list with a hole', ['--clusters', '3', '--widths', '5,,6'], 'Expected a list of integers, each from 1 for `--widths` but received "5,,6"'],
    ['a value for a boolean', ['--clusters', '3', '--reencode=yes'], '`--reencode` takes no value: write --reencode or --no-reencode'],
    [
      'a size that is none',
      ['--clusters', '3', '--memory', '2 parsecs'],
      'Expected a size such as 500MB, 2GB or 2GiB, or a number of bytes for `--memory` but received "2 parsecs"'
    ],
    ['a missing required flag', [], '`--clusters N` is missing: Number of clusters']
  ]
  for (const [what, args, message] of wrong) it(`refuses ${what}`, () => assert.throws(() => parseFlags(table, args), { name: 'FlagError', message }))
})

describe('names of flags', () => {
  it('are in kebab case', () => assert.equal(flagOf('pretrainLearningRate'), '--pretrain-learning-rate'))
  it('of a prefixed group keep the group’s words', () =>
    assert.deepEqual(Object.keys(prefixed('pretrain', optionTable({ epochs: { type: 'integer', min: 0, meaning: '' } }))), ['pretrainEpochs']))
})

describe('descriptions', () => {
  it('help shows each flag with its value, meaning, unit and default', () => {
    const help = helpOf(table)
    assert.match(help, /--clusters N +Number of clusters, clusters \(required\)/)
    assert.match(help, /--widths N,N,… +Layers \(500,2000\)/)
    assert.match(help, /--no-reencode +Encode again \(on unless given\)/)
    assert.ok(
      help.split('\n').every(line => line.length <= 104),
      'no line is wider than a terminal'
    )
  })

  it('Markdown has one row for each option and no broken cell', () => {
    const rows = markdownOf(table)
      .split('\n')
      .filter(line => line.startsWith('| `'))
    assert.equal(rows.length, Object.keys(table).length)
    for (const row of rows) assert.equal(row.match(/(?<!\\)\|/g)!.length, 6)
  })
})
