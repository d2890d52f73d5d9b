import assert from 'node:assert/strict'
import { constructorOptions } from '../../src/estimator/method.js'
import { estimators } from '../../src/methods/index.js'
import { checkOptions, checkValue, completeOptions } from '../../src/options/check.js'
import { type OptionRow, optionTable } from '../../src/options/table.js'

/** Values that a row must refuse, made from the row itself. */
function refused(row: OptionRow): { wrongType: readonly unknown[]; outOfRange: readonly unknown[] } {
  switch (row.type) {
    case 'integer':
      return {
        wrongType: ['3', true, [3], null, 3n],
        outOfRange: [row.min - 1, 1.5, NaN, Infinity, 2 ** 53, ...(row.max === undefined ? [] : [row.max + 1])]
      }
    case 'number':
      return {
        wrongType: ['0.5', false, null],
        outOfRange: [
          row.min - 1e-9,
          NaN,
          -Infinity,
          Infinity,
          ...(row.open === 'min' ? [row.min] : []),
          ...(row.max === undefined ? [] : [row.open === 'max' ? row.max : row.max + 1e-9])
        ]
      }
    case 'boolean':
      return { wrongType: [0, 1, 'true', null], outOfRange: [] }
    case 'choice':
      return { wrongType: [0, true, null], outOfRange: ['', `${row.choices[0]}x`, row.choices[0]!.toUpperCase()] }
    case 'integers':
      return { wrongType: [3, '3', ['3'], null], outOfRange: [[], [row.min - 1], [1.5]] }
    case 'device':
      return { wrongType: [0, null], outOfRange: ['', 'gpu', 'cuda:', 'cuda:-1', 'cuda:x', 'CPU'] }
    case 'bytes':
      return { wrongType: ['1', null], outOfRange: [-1, NaN] }
    case 'texts':
      return { wrongType: ['a', [0], null], outOfRange: [[], ['']] }
    case 'text':
      return { wrongType: [0, null], outOfRange: [''] }
  }
}

/** Values at the ends of what a row accepts. */
function taken(row: OptionRow): readonly unknown[] {
  switch (row.type) {
    case 'integer':
      return [row.min, row.max ?? Number.MAX_SAFE_INTEGER]
    case 'number':
      return [row.open === 'min' ? row.min + 1e-9 : row.min, row.max === undefined ? 1e9 : row.open === 'max' ? row.max - 1e-9 : row.max]
    case 'boolean':
      return [true, false]
    case 'choice':
      return row.choices
    case 'integers':
      return [[row.min], [row.min, 500]]
    case 'device':
      return ['auto', 'cpu', 'cuda', 'cuda:0', 'cuda:12']
    case 'bytes':
      return [0, 2 ** 40]
    case 'texts':
      return [['a'], ['a', 'b']]
    case 'text':
      return ['a']
  }
}

for (const { method } of estimators) {
  describe(`options of ${method.title}`, () => {
    for (const [name, row] of Object.entries(constructorOptions(method))) {
      it(`${name}: refuses wrong types and values out of range, and takes the ends of its range`, () => {
        const { wrongType, outOfRange } = refused(row)
        for (const value of wrongType)
          assert.throws(() => checkValue(row, name, value), { name: 'TypeError', message: new RegExp(`^Expected .* for \`${name}\` but received `) })
        for (const value of outOfRange)
          assert.throws(() => checkValue(row, name, value), { name: 'RangeError', message: new RegExp(`^Expected .* for \`${name}\` but received `) })
        for (const value of taken(row)) checkValue(row, name, value)
      })
    }

    it('has a default that each row accepts, or is required', () => {
      for (const [name, row] of Object.entries(constructorOptions(method))) {
        if (!row.required) checkValue(row, name, row.default)
      }
    })

    it('has presets with values that the rows accept', () => {
      for (const preset of Object.values(method.presets)) {
        for (const [name, value] of Object.entries(preset.values)) checkValue(method.options[name]!, name, value)
      }
    })

    it('refuses a wrong value in the constructor, before anything native is loaded', () => {
      const Type = estimators.find(type => type.method === method)! as unknown as new (options: unknown) => object
      const required = Object.fromEntries(Object.entries(method.options).flatMap(([name, row]) => (row.required ? [[name, 3]] : [])))
      new Type(required)
      assert.throws(() => new Type({ ...required, seed: -1 }), {
        name: 'RangeError',
        message: 'Expected an integer from 0 to 9007199254740991 for `seed` but received -1'
      })
      assert.throws(() => new Type({ ...required, sede: 1 }), { name: 'TypeError', message: 'Unknown option `sede`: did you mean `seed`?' })
    })
  })
}

describe('checkOptions', () => {
  const table = optionTable({
    clusters: { type: 'integer', min: 1, required: true, meaning: 'm' },
    widths: { type: 'integers', min: 1, default: [5], meaning: 'm' },
    lambda: { type: 'number', min: 0, default: 0.5, meaning: 'm' }
  })

  it('corrects a misspelt option', () =>
    assert.throws(() => checkOptions(table, { clustres: 3 }), { name: 'TypeError', message: 'Unknown option `clustres`: did you mean `clusters`?' }))
  it('lists the options where none is near', () =>
    assert.throws(() => checkOptions(table, { xyz: 3 }), { message: 'Unknown option `xyz`; there is `clusters`, `widths`, `lambda`' }))
  it('asks for a required option', () =>
    assert.throws(() => checkOptions(table, {}), { name: 'TypeError', message: 'Expected an integer from 1 for `clusters` but received undefined' }))
  it('refuses what is no object', () => {
    for (const value of [null, undefined, 3, 'a', []]) assert.throws(() => checkOptions(table, value), TypeError)
  })
  it('takes undefined as not given', () => assert.deepEqual(checkOptions(table, { clusters: 3, lambda: undefined }), { clusters: 3 }))
  it('copies lists, so that a later change of the caller does not reach the model', () => {
    const widths = [1, 2]
    const checked = checkOptions(table, { clusters: 3, widths })
    widths.push(3)
    assert.deepEqual(checked.widths, [1, 2])
  })

  it('prefers what was given to the preset, and the preset to the default', () => {
    const given = { clusters: 3, lambda: 0 }
    assert.deepEqual(completeOptions(table, { lambda: 2, widths: [9] }, given), { clusters: 3, widths: [9], lambda: 0 })
    assert.deepEqual(completeOptions(table, {}, { clusters: 3 }), { clusters: 3, widths: [5], lambda: 0.5 })
  })
})
