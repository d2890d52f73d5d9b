import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '../src/errors.js'
import { packageRoot } from '../src/native/build-info.js'

/** What is no code of an error of ours: of the command line, of Node. */
const others = ['ERR_USAGE', 'ERR_INTERRUPTED', 'ERR_UNEXPECTED', 'ERR_MODULE_NOT_FOUND', 'ERR_DLOPEN_DISABLED']

describe('error codes', () => {
  it('are those that the sources name, each with cause and cure', () => {
    const named = new Set<string>()
    for (const [folder, pattern] of [
      ['src', /\.ts$/],
      ['native', /\.(cpp|h)$/]
    ] as const) {
      for (const name of readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' }).filter(name => pattern.test(name))) {
        const text = readFileSync(join(packageRoot, folder, name), 'utf8')
        if (folder === 'src' && name === 'errors.ts') continue
        for (const [code] of text.matchAll(/(?<=['"])ERR_[A-Z_]+(?=['"])/g)) named.add(code)
      }
    }
    const ours = [...named].filter(code => !others.includes(code) && !code.startsWith('ERR_HTTP')).sort()
    assert.deepEqual(ours, Object.keys(errorCodes).sort())
    for (const { cause, cure } of Object.values(errorCodes)) assert.ok(cause.endsWith('.') && cure.length > 10)
  })
})
