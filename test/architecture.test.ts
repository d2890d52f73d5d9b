/** Which parts of the house may know which others, read from their include and import lines (docs/architecture.md). */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
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

/** The rooms of the core from the top down. A room may skip floors, never climb; the ground has no room. */
const floors = ['methods', 'phases', 'run', 'loss', 'device', 'nn', 'cluster', 'data', 'optim']
const floorOf = (path: string): number =>
  path.startsWith('loops/') ? 0 : path.includes('/') ? 1 + floors.length - floors.indexOf(path.split('/')[0]!) : 1

interface Import {
  /** A path from the root, without its ending. */
  readonly path: string
  /** Whether nothing of it is left when the program runs. */
  readonly typesOnly: boolean
}

const isTypes = (clause: string): boolean => /^type\s/.test(clause) || /^\{\s*(type [^,}]+,?\s*)+\}\s*$/.test(clause)

/** What a source file of TypeScript imports from others. */
function imports(path: string): Import[] {
  const text = read(path)
  const found = [
    ...[...text.matchAll(/^(?:import|export) ([^'"]*?)from '(\.[^']+)'/gm)].map(([, clause, target]) => ({ target, typesOnly: isTypes(clause!) })),
    ...[...text.matchAll(/\bimport\('(\.[^']+)'\)/g)].map(([, target]) => ({ target, typesOnly: false }))
  ]
  return found.map(({ target, typesOnly }) => ({
    path: relative(packageRoot, resolve(packageRoot, dirname(path), target!)).replace(/\.js$/, ''),
    typesOnly
  }))
}

/** Everything that a file reaches by value imports. */
function reached(path: string, seen = new Set<string>()): Set<string> {
  for (const next of imports(path)) {
    if (next.typesOnly || seen.has(next.path)) continue
    seen.add(next.path)
    reached(`${next.path}.ts`, seen)
  }
  return seen
}

/** The first circle of imports, of types too, as the files in it. */
function circle(paths: readonly string[]): readonly string[] | undefined {
  const done = new Set<string>()
  const way: string[] = []
  const walk = (path: string): readonly string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path]
    if (done.has(path)) return undefined
    done.add(path)
    way.push(path)
    for (const next of imports(path)) {
      const found = walk(`${next.path}.ts`)
      if (found) return found
    }
    way.pop()
    return undefined
  }
  for (const path of paths) {
    const found = walk(path)
    if (found) return found
  }
  return undefined
}

/**
 * Which rooms of src, or single files of them, a room may know beside itself; a file that stands here itself knows what its room does and these.
 * Everybody may know the ground and, for its types, the addon's contract.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  options: [],
  metrics: [],
  data: [],
  libtorch: ['native/build-info'],
  native: ['libtorch', 'options'],
  build: ['libtorch', 'native/addon-cache', 'native/build-info'],
  'model-file': ['metrics'],
  onnx: ['data', 'model-file', 'options'],
  estimator: ['data', 'metrics', 'model-file', 'native', 'onnx', 'options'],
  methods: ['data', 'estimator', 'onnx', 'options'],
  // It opens the saved models of all methods.
  'methods/index': ['model-file', 'native/failure'],
  report: ['data', 'estimator', 'methods', 'metrics', 'model-file', 'native/build-info', 'options'],
  cli: ['build', 'data', 'libtorch', 'estimator', 'methods', 'metrics', 'model-file', 'native', 'onnx', 'options', 'report', 'serve'],
  serve: ['onnx', 'options'],
  index: ['data', 'estimator', 'methods', 'metrics', 'native', 'onnx', 'options']
}
const ground = ['cache-folder', 'errors', 'file-errors', 'peers', 'progress-line', 'protobuf', 'run-program', 'tracing', 'worker-thread']

/** `src/onnx/graph` is of the room `onnx`, `src/index` of none but itself. */
const roomOf = (path: string): string => path.split('/')[1]!

describe('architecture', () => {
  it('the core includes no Node header and nothing of the addon', () => {
    for (const path of files('native/core', /\.(h|cpp)$/)) {
      for (const header of includes(path)) assert.doesNotMatch(header, /napi|node_api|addon\//, `${path} includes ${header}`)
    }
  })

  it('inside the core each room knows those below it, and never one above', () => {
    for (const path of files('native/core', /\.(h|cpp)$/)) {
      const own = floorOf(relative('native/core', path))
      for (const header of includes(path).filter(name => existsSync(join(packageRoot, 'native/core', name)))) {
        assert.ok(floorOf(header) <= own, `${path} includes ${header}`)
      }
    }
  })

  it('of the core only device/ knows the plugin, and nothing else of its folder', () => {
    for (const path of files('native/core', /\.(h|cpp)$/)) {
      for (const header of includes(path).filter(name => name.startsWith('cuda/'))) {
        assert.ok(path.startsWith('native/core/device/') && path.endsWith('.cpp') && header === 'cuda/plugin.h', `${path} includes ${header}`)
      }
    }
  })

  it('only data/ reads where the items lie', () => {
    for (const path of files('native/core', /\.(h|cpp)$/)) {
      // A session makes the dataset of a call.
      if (/native\/core\/(data\/|methods\/session\.)/.test(path)) continue
      assert.doesNotMatch(read(path), /\bResident\b/, path)
    }
  })

  it('one method does not know another: what several share has a name of its own', () => {
    const methods = files('native/core/methods', /\.cpp$/)
      .filter(path => /static const Registration /.test(read(path)))
      .map(path => /(\w+)\.cpp$/.exec(path)![1]!)
    for (const path of files('native/core/methods', /\.(h|cpp)$/)) {
      const own = /(\w+)\.\w+$/.exec(path)![1]!
      for (const header of includes(path)) {
        const other = /^methods\/(\w+)\.h$/.exec(header)?.[1]
        if (other) assert.ok(other === own || !methods.includes(other), `${path} includes ${header}`)
      }
    }
  })

  it('every method is one word at every layer', () => {
    const estimators = files('src/methods', /\.ts$/).map(path => /([\w-]+)\.ts$/.exec(path)![1]!)
    const names = estimators.filter(name => name !== 'index')
    for (const name of names) {
      const word = name.replaceAll('-', '_')
      const paths = [`native/core/methods/${word}.h`, `native/core/methods/${word}.cpp`, `native/test/methods/${word}_test.cpp`, `docs/${name}.md`]
      for (const path of paths) assert.ok(existsSync(join(packageRoot, path)), path)
      assert.match(read(`native/core/methods/${word}.cpp`), new RegExp(`Registration registration\\(\\s*"${name}"`), name)
    }
  })

  it('the addon does no arithmetic on tensors', () => {
    for (const path of files('native/addon', /\.cpp$/).filter(name => !name.endsWith('module.cpp'))) {
      assert.doesNotMatch(read(path), /at::(mm|matmul|linear|add|mul|sum|mean|softmax|argm)|\.(matmul|mm|add_?|mul_?|sum|mean)\(/, path)
    }
  })

  it('each room of src knows what it may, and nothing of src knows scripts or tests', () => {
    for (const path of files('src', /\.ts$/)) {
      const own = path.replace(/^src\/|\.ts$/g, '')
      const allowed = [...(rooms[roomOf(`src/${own}`)] ?? []), ...(rooms[own] ?? []), roomOf(`src/${own}`), ...ground]
      for (const { path: other, typesOnly } of imports(path)) {
        if (other === 'src/native/addon' && typesOnly) continue
        const known = other.startsWith('src/') && [roomOf(other), other.slice('src/'.length)].some(name => allowed.includes(name))
        assert.ok(known, `${path} imports ${other}`)
      }
    }
  })

  it('no file of src imports itself by way of others', () => {
    assert.deepEqual(circle(files('src', /\.ts$/))?.join(' -> '), undefined)
  })

  it('one method does not know another', () => {
    for (const path of files('src/methods', /\.ts$/).filter(name => !name.endsWith('/index.ts'))) {
      const types = path.replace(/methods\/(.*)\.ts$/, 'methods/types/$1') // written from its own table
      for (const { path: other } of imports(path)) assert.ok(other === types || !other.startsWith('src/methods/'), `${path} imports ${other}`)
    }
  })

  it('data, metrics, model files and ONNX work without the addon', () => {
    for (const folder of ['src/data', 'src/metrics', 'src/model-file', 'src/onnx']) {
      for (const path of files(folder, /\.ts$/)) {
        for (const other of reached(path)) assert.doesNotMatch(other, /^src\/(native|estimator|methods|cli)\//, `${path} reaches ${other}`)
      }
    }
  })

  it('only one file loads the addon', () => {
    const loaders = files('src', /\.ts$/).filter(path => read(path).includes('process.dlopen') || /\brequire\(/.test(read(path)))
    assert.deepEqual(loaders, ['src/native/loader.ts'])
  })
})
