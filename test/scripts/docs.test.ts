import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { pages } from '../../scripts/docs.js'

describe('docs', () => {
  for (const [path, content] of pages()) {
    it(`${path} is what \`npm run docs\` writes`, () => {
      assert.equal(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'), content)
    })
  }
})
