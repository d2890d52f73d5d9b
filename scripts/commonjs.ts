/**
 * What CommonJS programs get, written after each compilation into `dist/cjs`: for each entry point a module that requires the ES module (Node does that
 * from 20.19 on), and the declarations once more, since TypeScript takes the kind of a module from the folder it lies in.
 */

import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(dist, 'cjs')

interface Entry {
  readonly require: { readonly default: string }
  readonly import: { readonly default: string }
}

const { exports } = JSON.parse(readFileSync(join(dist, '..', 'package.json'), 'utf8')) as { exports: Readonly<Record<string, Entry | string>> }
rmSync(folder, { recursive: true, force: true })
cpSync(join(dist, 'src'), folder, { recursive: true, filter: path => statSync(path).isDirectory() || path.endsWith('.d.ts') })
writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
for (const entry of Object.values(exports)) {
  if (typeof entry === 'string') continue
  const [module, target] = [entry.require.default, entry.import.default].map(path => join(dist, '..', path)) as [string, string]
  mkdirSync(dirname(module), { recursive: true })
  writeFileSync(module, `module.exports = require('${relative(dirname(module), target)}')\n`)
}
