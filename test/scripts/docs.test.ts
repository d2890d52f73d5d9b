import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { pages } from '../../scripts/docs.js'

describe('docs', () => {
  for (const [path, content] of pages()) {
    it(`${path} is what \`npm run docs\` writes`, () => {
      assert.equal(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'), content)
    })
  }

  it('no example has a `using` declaration, which Node 20 and 22 cannot parse', () => {
    const root = new URL('../../../', import.meta.url)
    const written = readdirSync(new URL('docs', root)).filter(name => name.endsWith('.md'))
    for (const path of ['README.md', ...written.map(name => `docs/${name}`)]) {
      const examples = readFileSync(new URL(path, root), 'utf8').matchAll(/^```(?:ts|js)\n(.*?)^```$/gms)
      for (const [, example] of examples) assert.doesNotMatch(example!, /^\s*(await )?using \w+ =/m, path)
    }
  })
})
