import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/native/build-info.js'
import { smallModel } from '../onnx/small-onnx.js'

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

describe('npm pack', () => {
  let project: string
  let packed: Packed
  before(() => {
    project = mkdtempSync(join(tmpdir(), 'dc-pack-'))
    const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
      cwd: packageRoot,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    })
    const parsed = JSON.parse(output) as Packed[] | Record<string, Packed>
    packed = Object.values(parsed)[0]!
    writeFileSync(join(project, 'package.json'), '{"name": "user", "private": true}')
    const install = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', join(project, packed.filename)]
    const { status, stderr } = spawnSync('npm', install, { cwd: project, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  })
  after(() => rmSync(project, { recursive: true }))

  it('holds what a user needs, and no tests, benchmarks or products', () => {
    const paths = packed.files.map(({ path }) => path)
    for (const needed of [
      'dist/src/index.js',
      'dist/src/index.d.ts',
      'dist/src/build/index.js',
      'dist/src/build/gyp.js',
      'native/CMakeLists.txt',
      'native/package.json',
      'native/core/methods/dcn.cpp',
      'native/cuda/plugin.h',
      'dist/src/onnx/worker.js',
      'dist/src/report/browser/page.js',
      'docs/onnx.md',
      'data/mnist-test/t10k-images-idx3-ubyte.gz',
      'binding.gyp',
      'README.md',
      'LICENSE'
    ]) {
      assert.ok(paths.includes(needed), needed)
    }
    assert.deepEqual(
      paths.filter(path => /(^|\/)(test|bench|scripts)\/|^build\//.test(path) || /\.(node|so|map)$/.test(path)),
      []
    )
    assert.ok(packed.size < 4_000_000, String(packed.size))
  })

  it('can be imported and required, and says how to build at the first need', () => {
    const script = `
      const required = require('deep-clustering')
      import('deep-clustering').then(async imported => {
        const { accuracy } = require('deep-clustering/metrics')
        const { findLibtorch } = require('deep-clustering/build')
        const { readLabels } = await import('deep-clustering/data')
        const { labels } = await readLabels('mnist-test')
        const error = await new imported.KMeans({ clusters: 2 }).fit([[0], [1]]).catch(error => error)
        console.log(JSON.stringify([required.DCN === imported.DCN, accuracy([0, 1], [1, 0]), labels.length, error.code, error.message, findLibtorch('/nowhere').verdicts[0].usable]))
      })`
    // Not what was built of these sources in the clone.
    const env: NodeJS.ProcessEnv = { ...process.env, DEEP_CLUSTERING_CACHE: join(project, 'cache') }
    delete env['DEEP_CLUSTERING_ADDON']
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: project, encoding: 'utf8', env })
    assert.notEqual(stdout, '', stderr)
    const [same, acc, n, code, message, usable] = JSON.parse(stdout) as [boolean, number, number, string, string, boolean]
    assert.deepEqual([same, acc, n, code, usable], [true, 1, 10000, 'ERR_ADDON_NOT_BUILT', false])
    assert.match(message, /`npx deep-clustering build`/)
  })

  describe('serves an exported model with onnxruntime-node, without addon, compiler and libtorch', () => {
    // Neither a compiler nor a cached libtorch nor an addon can be found from here.
    const env = { PATH: '', HOME: '/nonexistent', DEEP_CLUSTERING_CACHE: '/nonexistent' }
    const serve = 'await model.predict({ data: new Uint8Array(32).fill(7), shape: [2, 4, 4] })'
    const say = `console.log(JSON.stringify([model.executionProvider, model.metadata.method, labels.length, labels instanceof Int32Array]))`
    const scripts = {
      'serve.mjs': `import { OnnxModel } from 'deep-clustering/onnx'\nconst model = await OnnxModel.load('small.onnx'); const labels = ${serve}; ${say}; model.dispose()`,
      'serve.cjs': `const { OnnxModel } = require('deep-clustering/onnx')\nOnnxModel.load('small.onnx').then(async model => { const labels = ${serve}; ${say}; model.dispose() })`
    }
    const run = (file: string): ReturnType<typeof spawnSync> & { stdout: string; stderr: string } =>
      spawnSync(process.execPath, [file], { cwd: project, env, encoding: 'utf8' })
    before(() => {
      writeFileSync(join(project, 'small.onnx'), smallModel())
      for (const [file, script] of Object.entries(scripts)) writeFileSync(join(project, file), script)
    })

    it('and without onnxruntime-node says how to install it', () => {
      assert.match(
        run('serve.cjs').stderr,
        /onnxruntime-node, which runs \.onnx files, is not installed\. Install it with `npm install onnxruntime-node`/
      )
      assert.match(run('serve.cjs').stderr, /ERR_ONNXRUNTIME_MISSING/)
    })

    for (const file of Object.keys(scripts)) {
      it(file, () => {
        // As `npm install onnxruntime-node` would put it there, without copying half a gigabyte.
        const peer = join(project, 'node_modules', 'onnxruntime-node')
        symlinkSync(join(packageRoot, 'node_modules', 'onnxruntime-node'), peer)
        try {
          const { stdout, stderr } = run(file)
          assert.notEqual(stdout, '', stderr)
          assert.deepEqual(JSON.parse(stdout), ['cpu', 'dcn', 2, true])
        } finally {
          rmSync(peer)
        }
      })
    }

    it('its types hold for a TypeScript project', () => {
      writeFileSync(
        join(project, 'serve.ts'),
        "import { OnnxModel, type OnnxLoadOptions } from 'deep-clustering/onnx'\nconst options: OnnxLoadOptions = { threads: 1 }\nexport const labels: Promise<Int32Array> = OnnxModel.load('x.onnx', options).then(model => model.predict([[1]]))\n"
      )
      const compiler = join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc')
      const flags = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2022',
        '--lib',
        'es2023,esnext.disposable',
        '--types',
        'node',
        '--typeRoots',
        join(packageRoot, 'node_modules', '@types')
      ]
      const { status, stdout } = spawnSync(process.execPath, [compiler, ...flags, 'serve.ts'], { cwd: project, encoding: 'utf8' })
      assert.equal(status, 0, stdout)
    })
  })

  it('its command runs', () => {
    const { stdout, status } = spawnSync('npx', ['--no-install', 'deep-clustering', '--version'], { cwd: project, encoding: 'utf8' })
    assert.deepEqual([status, stdout.trim()], [0, '0.1.0'])
  })
})
