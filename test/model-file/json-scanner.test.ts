import assert from 'node:assert/strict'
import { JsonScanner, nestsDeeperThan } from '../../src/model-file/json-scanner.js'

describe('strict JSON', () => {
  /** Reads an object of strings. */
  function strings(text: string): [string, string][] {
    const read: [string, string][] = []
    const scanner = new JsonScanner(text)
    scanner.object(key => read.push([key, scanner.string()]))
    scanner.end()
    return read
  }

  it('reads objects of strings as JSON.parse does', () => {
    for (const text of ['{}', ' { "a" : "b" }\n', '{"a\\"}":"\\\\","\\u0062":"ü\\n","":""}', '{"__proto__":"x","1":"y"}']) {
      assert.deepEqual(strings(text).sort(), Object.entries(JSON.parse(text) as object).sort(), text)
    }
  })

  it('refuses what is not JSON, or not expected, or stands twice', () => {
    for (const text of [
      '',
      '{',
      '{"a"}',
      '{"a":1}',
      '{"a":"b",}',
      '{,}',
      '{"a":"b"}x',
      '{"a":"b',
      '{"a":"\\',
      '{"a":"\n"}',
      "{'a':'b'}",
      '{"a":{}}'
    ]) {
      assert.throws(() => strings(text), SyntaxError, text)
    }
    assert.throws(() => strings(`{"a":"1", "\\u0061"${' '.repeat(100)}: "2"}`), { name: 'SyntaxError', message: 'the key "a" stands twice' })
  })

  it('reads integers in digits only', () => {
    assert.deepEqual(new JsonScanner('[0, 7 ,9007199254740991]').integers(3), [0, 7, 9007199254740991])
    assert.deepEqual(new JsonScanner('[]').integers(0), [])
    for (const text of [
      '[-0]',
      '[-1]',
      '[1.0]',
      '[1e0]',
      '[01]',
      '[9007199254740992]',
      '[99999999999999999999]',
      '["1"]',
      '[1,]',
      '[1',
      '[null]',
      '[[1]]',
      '[1,2,3,4]'
    ]) {
      assert.throws(() => new JsonScanner(text).integers(3), SyntaxError, text)
    }
  })

  it('reads long strings full of escapes', () => {
    assert.equal(strings(`{"k":"${'\\n'.repeat(1e6)}"}`)[0]![1].length, 1e6)
  })

  it('counts nesting outside of strings', () => {
    assert.equal(nestsDeeperThan('{"a":[[1],[2]],"b":{}}', 3), false)
    assert.equal(nestsDeeperThan('{"a":[[1],[2]],"b":{}}', 2), true)
    assert.equal(nestsDeeperThan('["[[[[\\"[[[["]', 1), false)
  })
})
