/** Which parts of the house may know which others, read from their include and import lines (docs/architecture.md). */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { packageRoot } from '../src/native/build-info.js'

function files(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => pattern.test(name))
    .map(name => join(folder, name))
}

const read = (path: string): string => readFileSync(join(packageRoot, path), 'utf8')

/** Files that are included, with quotes or angle brackets. */
const includes = (path: string): string[] => [...read(path).matchAll(/^#include [<"]([^>"]+)[>"]/gm)].map(match => match[1]!)

/** Source files that are imported for their values, as paths from the root. */
function imports(path: string): string[] {
  return [...read(path).matchAll(/^(?:import|export) (?!type )[^'"]*?from '(\.[^']+)'/gm)].map(match =>
    relative(packageRoot, resolve(packageRoot, dirname(path), match[1]!)).replace(/\.js$/, '.ts')
  )
}

/** Everything that a file reaches by value imports. */
function reached(path: string, seen = new Set<string>()): Set<string> {
  for (const next of imports(path)) {
    if (seen.has(next)) continue
    seen.add(next)
    reached(next, seen)
  }
  return seen
}

describe('architecture', () => {
  it('the core includes no Node header and nothing of the addon', () => {
    for (const path of files('native/core', /\.(h|cpp)$/)) {
      for (const header of includes(path)) assert.doesNotMatch(header, /napi|node_api|addon\//, `${path} includes ${header}`)
    }
  })

  it('inside the core, methods know training, cluster and nn, and never the other way round', () => {
    const forbidden: Record<string, RegExp> = {
      nn: /^(training|cluster|methods)\//,
      cluster: /^(training|methods)\//,
      training: /^methods\//
    }
    for (const [layer, pattern] of Object.entries(forbidden)) {
      for (const path of files(`native/core/${layer}`, /\.(h|cpp)$/)) {
        for (const header of includes(path)) assert.doesNotMatch(header, pattern, `${path} includes ${header}`)
      }
    }
  })

  it('one method does not know another, but for the networks that several stand on', () => {
    const shared = new Set(['method', 'session', 'autoencoder', 'variational', 'adversarial'])
    for (const path of files('native/core/methods', /\.(h|cpp)$/)) {
      const own = /(\w+)\.\w+$/.exec(path)![1]!
      for (const header of includes(path)) {
        const other = /^methods\/(\w+)\.h$/.exec(header)?.[1]
        if (other) assert.ok(other === own || shared.has(other), `${path} includes ${header}`)
      }
    }
  })

  it('the addon does no arithmetic on tensors', () => {
    for (const path of files('native/addon', /\.cpp$/).filter(name => !name.endsWith('module.cpp'))) {
      assert.doesNotMatch(read(path), /at::(mm|matmul|linear|add|mul|sum|mean|softmax|argm)|\.(matmul|mm|add_?|mul_?|sum|mean)\(/, path)
    }
  })

  it('data, metrics, model files and ONNX work without the addon', () => {
    for (const folder of ['src/data', 'src/metrics', 'src/model-file', 'src/onnx']) {
      for (const path of files(folder, /\.ts$/)) {
        for (const other of reached(path)) assert.doesNotMatch(other, /^src\/(native|methods|estimator|cli)\//, `${path} reaches ${other}`)
      }
    }
  })

  it('methods know neither the command line nor reports, and only one file loads the addon', () => {
    for (const path of files('src', /\.ts$/).filter(name => !name.startsWith('src/cli/'))) {
      for (const other of imports(path))
        assert.doesNotMatch(other, path.startsWith('src/report/') ? /^src\/cli\// : /^src\/(cli|report)\//, `${path} imports ${other}`)
    }
    const loaders = files('src', /\.ts$/).filter(path => read(path).includes('createRequire'))
    assert.deepEqual(loaders, ['src/native/loader.ts'])
  })
})
