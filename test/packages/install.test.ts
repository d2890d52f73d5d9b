/** What is published, installed as a user does: from a registry on the loopback, by each package manager, without scripts, compiler and Python. */

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sharesOf, torchVersion, wheelPlatforms } from '../../src/libtorch/pins.js'
import { packageRoot, packageVersion } from '../../src/native/build-info.js'
import { WheelIndex, wheelOf } from '../libtorch/wheel-index.js'
import { built, compileOpener, portableAddon, writePrebuilt, writePrebuiltFor, writePrebuiltPlugin } from '../native/prebuilt-package.js'
import { LocalRegistry, run } from './local-registry.js'

const modules = join(packageRoot, 'node_modules')

/** The packages that come with one, from where they are installed here. */
function withDependencies(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found
  found.add(name)
  const { dependencies = {} } = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }
  for (const dependency of Object.keys(dependencies)) withDependencies(dependency, found)
  return found
}

describe('the published packages', function () {
  if (process.platform !== 'linux') return
  this.timeout(300_000)
  let root: string
  let registry: LocalRegistry
  let environment: NodeJS.ProcessEnv
  let tarball: string

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'dc-published-'))
    registry = await LocalRegistry.start(root)
    const packed = join(root, 'packed')
    const script = join(packageRoot, 'dist', 'scripts', 'package.js')
    const { code, output } = await run(process.execPath, [script, '--out', packed, '--main-only'], packageRoot, process.env)
    assert.equal(code, 0, output)
    const prebuilt = join(root, 'prebuilt')
    writePrebuilt(prebuilt, portableAddon(), compileOpener(root))
    await registry.publish(prebuilt)
    // The other ones that the package names: its CUDA plugins, and addons for another machine.
    const cuda = join(root, 'cuda')
    writePrebuiltPlugin(cuda, 'a plugin')
    await registry.publish(cuda)
    const foreign = join(root, 'foreign')
    writePrebuiltFor('linux-arm64', foreign)
    await registry.publish(foreign)
    tarball = join(packed, readdirSync(packed)[0]!)
    await registry.publish(tarball)
    const { dependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }
    const all = new Set(Object.keys(dependencies).flatMap(name => [...withDependencies(name)]))
    for (const name of all) await registry.publish(join(modules, name))
    // Node and npm alone: no compiler, no CMake, no Python.
    const tools = join(root, 'bin')
    mkdirSync(tools)
    for (const name of ['node', 'npm', 'npx', 'sh']) {
      const folder = ['/bin', '/usr/bin', dirname(process.execPath)].find(place => existsSync(join(place, name)))!
      symlinkSync(name === 'node' ? process.execPath : join(folder, name), join(tools, name))
    }
    environment = { ...registry.environment, PATH: tools, DEEP_CLUSTERING_CACHE: join(root, 'cache') }
  })
  after(async () => {
    await registry?.stop()
    rmSync(root, { recursive: true })
  })

  /** A project of a user, in which the package was installed. */
  async function project(name: string, files: Readonly<Record<string, string>>, install: readonly [string, ...string[]]): Promise<string> {
    const folder = join(root, name)
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), '{"name": "user", "version": "1.0.0", "private": true}')
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
    const [command, ...args] = install
    const { code, output } = await run(command, args, folder, environment)
    assert.equal(code, 0, output)
    return folder
  }

  const training = "new KMeans({ clusters: 2, device: 'cpu' }).fit([[0, 0], [0, 1], [9, 9], [9, 8]])"
  const say = 'console.log(JSON.stringify([labels[0] === labels[1], labels[2] === labels[3], labels[0] === labels[2]]))'
  const programs = {
    'use.mjs': `import { KMeans } from 'deep-clustering'\nconst { labels } = await ${training}; ${say}\n`,
    'use.cjs': `const { KMeans } = require('deep-clustering')\n${training}.then(({ labels }) => ${say})\n`,
    'import.cjs': `import('deep-clustering').then(({ KMeans }) => ${training}).then(({ labels }) => ${say})\n`
  }
  const pnpm = join(modules, 'pnpm', 'bin', 'pnpm.cjs')
  const yarn = join(modules, '@yarnpkg', 'cli-dist', 'bin', 'yarn.js')
  const yarnConfig = (linker: string): string =>
    `nodeLinker: ${linker}\nnpmRegistryServer: "${registry.url}"\nunsafeHttpWhitelist: ["127.0.0.1"]\nenableScripts: false\nenableTelemetry: false\nenableGlobalCache: false\nnpmMinimalAgeGate: 0\n`
  const managers: Readonly<Record<string, () => Promise<{ folder: string; node: readonly [string, ...string[]] }>>> = {
    npm: async () => ({ folder: await project('npm', programs, ['npm', 'install', 'deep-clustering']), node: ['node'] }),
    pnpm: async () => ({
      folder: await project('pnpm', programs, ['node', pnpm, 'add', 'deep-clustering', '--ignore-scripts', '--store-dir', join(root, 'pnpm-store')]),
      node: ['node']
    }),
    'yarn, node-modules': async () => ({
      folder: await project('yarn', { ...programs, '.yarnrc.yml': yarnConfig('node-modules'), 'yarn.lock': '' }, [
        'node',
        yarn,
        'add',
        'deep-clustering'
      ]),
      node: ['node']
    }),
    'yarn, PnP': async () => ({
      folder: await project('pnp', { ...programs, '.yarnrc.yml': yarnConfig('pnp'), 'yarn.lock': '' }, ['node', yarn, 'add', 'deep-clustering']),
      node: ['node', yarn, 'node']
    })
  }

  for (const [name, install] of Object.entries(managers)) {
    it(`installed with ${name}, train as ESM and as CommonJS`, async () => {
      const { folder, node } = await install()
      // Yarn's PnP reaches what is imported, not what is required of an ES module (Node 20): from CommonJS it is imported.
      for (const file of Object.keys(programs).filter(name => node.length === 1 || name !== 'use.cjs')) {
        const [command, ...args] = node
        const { code, stdout, output } = await run(command, [...args, file], folder, { ...environment, LIBTORCH: built().libtorch })
        assert.equal(code, 0, output)
        assert.equal(stdout.trim(), '[true,true,false]')
      }
    })
  }

  it('are few and small', () => {
    const folder = join(root, 'npm', 'node_modules')
    const names = readdirSync(folder)
      .filter(name => !name.startsWith('.'))
      .flatMap(name => (name.startsWith('@') ? readdirSync(join(folder, name)).map(inner => `${name}/${inner}`) : [name]))
    const size = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && !/node_modules\/(@?deep-clustering)(\/|$)/.test(entry.parentPath))
      .reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).length, 0)
    assert.ok(names.length <= 25, names.join(' '))
    assert.ok(size < 6e6, String(size))
  })

  for (const [module, resolution] of [
    ['node16', 'node16'],
    ['node18', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler']
  ] as const) {
    it(`their types hold under module ${module}${resolution === 'bundler' ? '' : ', as ES module and as CommonJS'}`, async () => {
      const folder = join(root, 'npm')
      writeFileSync(
        join(folder, 'types.mts'),
        `import { DCN, type FitResult } from 'deep-clustering'
import { build, setup, type SetupOptions } from 'deep-clustering/build'
import { renderReport } from 'deep-clustering/report'
const options: SetupOptions = { cuda: false }
export const fitted: Promise<FitResult> = new DCN({ clusters: 3 }).fit([[1, 2]])
export const all: readonly unknown[] = [build, setup(options), renderReport('run')]
`
      )
      const flags = [
        '--noEmit',
        '--strict',
        '--module',
        module,
        '--moduleResolution',
        resolution,
        '--target',
        'es2022',
        '--lib',
        'es2023,esnext.disposable'
      ]
      const types = ['--types', 'node', '--typeRoots', join(modules, '@types')]
      const files = ['types.mts']
      if (resolution !== 'bundler') {
        writeFileSync(
          join(folder, 'types.cts'),
          "import { DCN } from 'deep-clustering'\nexport const labels = new DCN({ clusters: 3 }).fitPredict([[1, 2]])\n"
        )
        files.push('types.cts')
      }
      const { code, output } = await run('node', [join(modules, 'typescript', 'bin', 'tsc'), ...flags, ...types, ...files], folder, environment)
      assert.equal(code, 0, output)
    })
  }

  it('are found right by publint and by attw', async () => {
    const bin = (name: string): string => join(modules, '.bin', name)
    const checks = [
      [bin('publint'), [join(root, 'npm', 'node_modules', 'deep-clustering'), '--strict']],
      [bin('attw'), [tarball, '--profile', 'node16', '--no-emoji', '--no-color']]
    ] as const
    for (const [command, args] of checks) {
      const { code, output } = await run(command, args, root, { ...environment, PATH: process.env['PATH'] })
      assert.equal(code, 0, output)
    }
  })

  it('say what to install where a report is to be drawn, or an addon built from source', async () => {
    const folder = join(root, 'npm')
    const report = await run('npx', ['deep-clustering', 'report', 'nowhere'], folder, environment)
    assert.match(report.output, /is not installed\. Install it with `npm install @observablehq\/plot linkedom umap-js`\n\[ERR_CHARTS_MISSING\]/)
  })

  it('need nothing but Node and npm: libtorch comes at the first need, over a connection that breaks', async function () {
    const folder = join(root, 'npm')
    const { libtorch, torchVersion: version } = built()
    if (version !== torchVersion) this.skip()
    const index = await new WheelIndex().listen()
    try {
      // The wheels of the libtorch that is here, not packed.
      for (const { pin, members } of sharesOf('cpu', version)!) {
        const names = readdirSync(dirname(libtorch), { recursive: true, encoding: 'utf8' }).filter(name => members.test(name))
        const files = Object.fromEntries(names.map(name => [name, readFileSync(join(dirname(libtorch), name))]))
        index.files.set(
          `${pin.name.replaceAll('-', '_')}-${pin.version}-cp312-cp312-${wheelPlatforms()[0]}.whl`,
          wheelOf(pin.name, pin.version, files, 0)
        )
      }
      index.faults = { breakAfter: 50 << 20, breaks: 2 }
      const env = { ...environment, PIP_INDEX_URL: index.url, PIP_CONFIG_FILE: '/dev/null' }
      const before = await run('node', ['use.mjs'], folder, env)
      assert.match(before.output, /ERR_LIBTORCH_NOT_FOUND/)
      assert.match(before.output, /Fetch it with `npx deep-clustering setup`/)
      const refused = await run(
        'npx',
        ['deep-clustering', 'train', 'kmeans', '--data', 'mnist-test', '--clusters', '10', '--out', 'model'],
        folder,
        env
      )
      assert.match(refused.output, /it is fetched once\n.*the RECORD in the wheel of torch .* has the SHA-256 .*, pinned is/s)
      const { code, output } = await run('npx', ['deep-clustering', 'setup', '--allow-unpinned'], folder, env)
      assert.equal(code, 0, output)
      assert.match(output, /fetching \d+ of \d+ MB\n.*ready to train/s)
      const trained = await run(
        'npx',
        ['deep-clustering', 'train', 'kmeans', '--data', 'mnist-test', '--labels', 'mnist-test', '--clusters', '10', '--out', 'model', '--json'],
        folder,
        env
      )
      assert.equal(trained.code, 0, trained.output)
      const { n, metrics } = JSON.parse(trained.stdout.trim().split('\n').at(-1)!) as { n: number; metrics: { acc: number } }
      assert.ok(n === 10_000 && metrics.acc > 0.4, trained.stdout)
    } finally {
      index.close()
    }
  })

  it('are of one version', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'npm', 'node_modules', 'deep-clustering', 'package.json'), 'utf8')) as {
      version: string
      optionalDependencies: Record<string, string>
      devDependencies?: unknown
    }
    assert.deepEqual(
      [manifest.version, manifest.optionalDependencies, manifest.devDependencies],
      [
        packageVersion(),
        Object.fromEntries(['linux-x64', 'linux-x64-cuda', 'linux-arm64'].map(name => [`@deep-clustering/${name}`, packageVersion()])),
        undefined
      ]
    )
    const installed = readdirSync(join(root, 'npm', 'node_modules', '@deep-clustering')).sort()
    assert.deepEqual(installed, process.arch === 'x64' ? ['linux-x64', 'linux-x64-cuda'] : ['linux-arm64'])
  })
})
