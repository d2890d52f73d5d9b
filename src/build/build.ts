/** Builds the native code: finds or fetches libtorch, runs cmake-js, and does nothing where nothing changed. */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DeepClusteringError } from '../errors.js'
import { withLock } from '../libtorch/cache.js'
import { findLibtorch, judge, type LibtorchVerdict } from '../libtorch/discover.js'
import { fetchLibtorch } from '../libtorch/fetch.js'
import { hasCuda } from '../libtorch/setup.js'
import { addSources, keep, sourcesDigest, takeKept } from '../native/addon-cache.js'
import { addonFile, type BuildInfo, cudaPluginFile, packageRoot, packageVersion, readBuildInfo } from '../native/build-info.js'
import { progressLine } from '../progress-line.js'
import { compile, prepare, settingOf } from './compile.js'
import { cudaToolchain } from './cuda.js'
import { checkTools, type Tool } from './tools.js'

/** Options of {@link build}. */
export interface BuildOptions {
  /** A libtorch to build with, before all others: a folder with `include/` and `lib/`. */
  readonly libtorch?: string | undefined
  /** Also the CUDA plugin. */
  readonly cuda?: boolean | undefined
  /** Only the CUDA plugin, in a folder of its own: a check of the device code that leaves what was built alone. */
  readonly onlyCuda?: boolean | undefined
  /** Also the native tests. */
  readonly tests?: boolean | undefined
  /** Also the native benchmarks. */
  readonly bench?: boolean | undefined
  /** Without optimisation and with debug information, in a folder of its own. */
  readonly debug?: boolean | undefined
  /** With address and undefined-behaviour sanitizers and the native tests only, in a folder of its own. */
  readonly sanitize?: boolean | undefined
  /** Builds from scratch, even where nothing changed. */
  readonly force?: boolean | undefined
  /** Takes wheels of the pinned versions with other digests, as a mirror or a CPU-only index may serve. */
  readonly allowUnpinned?: boolean | undefined
  /** Told what is done, a line at a time; without it stderr is. */
  readonly log?: ((line: string) => void) | undefined
  /** Told how far the compiler is; without it stderr is. */
  readonly progress?: ((done: number, total: number) => void) | undefined
  /** Ends the build and the programs that it runs. */
  readonly signal?: AbortSignal | undefined
}

/** What a build made. */
export interface Built {
  /** Where the products are. */
  readonly folder: string
  readonly info: BuildInfo
  /** Whether anything had to be done. */
  readonly fresh: boolean
}

const log: (line: string) => void = line => process.stderr.write(`${line}\n`)

/**
 * Builds the native addon, and what else is asked for, beside what was built before; finds libtorch on this machine, or fetches it. Does nothing
 * where nothing changed. One build at a time in a package's folder: a second one waits.
 * @throws DeepClusteringError ERR_BUILD_FAILED or ERR_LIBTORCH_NOT_FOUND with cause and cure; `signal.reason` when aborted, once the programs that
 *   it ran have ended: what was half built is then taken for no addon, and the next build makes it whole
 *
 * @example
 * const { info, fresh } = await build({ log: line => console.error(line), signal: AbortSignal.timeout(600_000) })
 */
export async function build(options: BuildOptions = {}): Promise<Built> {
  if (process.platform === 'win32') throw new DeepClusteringError('ERR_BUILD_FAILED', 'The native code is not supported on Windows; use WSL 2')
  for (const [asked, name, what] of [
    [options.tests || options.sanitize, 'test', 'tests'],
    [options.bench, 'bench', 'benchmarks']
  ] as const) {
    if (asked && !existsSync(join(packageRoot, 'native', name))) {
      throw new DeepClusteringError(
        'ERR_BUILD_FAILED',
        `The native ${what} are not in the installed package; build them in a clone of the repository`
      )
    }
  }
  const say = options.log ?? log
  const { signal } = options
  signal?.throwIfAborted()
  const type = options.onlyCuda ? 'CudaCheck' : options.sanitize ? 'Sanitize' : options.debug ? 'Debug' : 'Release'
  // Each kind in a CMake folder of its own, so that one does not undo the other.
  const work = join(packageRoot, 'build', `cmake-${type.toLowerCase()}`)
  const folder = join(packageRoot, 'build', type)
  try {
    mkdirSync(folder, { recursive: true })
    mkdirSync(work, { recursive: true })
  } catch (cause) {
    throw new DeepClusteringError(
      'ERR_BUILD_FAILED',
      `The package's folder ${packageRoot} cannot be written to; install it where it can, or build as its owner`,
      { cause }
    )
  }
  return withLock(
    join(packageRoot, 'build', 'build.lock'),
    holder => say(`waiting for another build in this folder (${holder})`),
    async () => {
      const last = readBuildInfo(folder)
      const before = options.force ? undefined : last
      // What was built before is kept up to date too: building the tests must not take the plugin away. A build that failed left no
      // record, but its folder shows what there was: an old plugin must not stay beside a new addon.
      const known = [addonFile, cudaPluginFile, ...nativeTests, ...benchmarks()]
      const products = new Set([
        ...known.filter(name => last?.products.includes(name) || existsSync(join(folder, name))),
        ...(options.sanitize || options.onlyCuda ? [] : [addonFile]),
        ...(options.cuda || options.onlyCuda ? [cudaPluginFile] : []),
        ...(options.tests ? nativeTests : []),
        ...(options.sanitize ? ['native_tests'] : []),
        ...(options.bench ? benchmarks() : [])
      ])
      const { libtorch, dropped } = await chooseLibtorch(options, before, products.has(cudaPluginFile), say)
      if (dropped) {
        products.delete(cudaPluginFile)
        rmSync(join(folder, cudaPluginFile), { force: true })
      }
      const { compiler } = checkTools()
      const digest = digestOf([packageVersion(), libtorch.path, libtorch.version, compiler.version, type, ...[...products].sort()])
      if (before?.digest === digest && [...products].every(product => existsSync(join(folder, product))))
        return { folder, info: before, fresh: false }

      signal?.throwIfAborted()
      const sources = sourcesDigest()
      const key = keyOf(sources, libtorch, compiler)
      const finish = (info: BuildInfo): Built => {
        writeFileSync(join(folder, 'build-info.json'), `${JSON.stringify(info, null, 2)}\n`)
        return { folder, info, fresh: true }
      }
      if (type === 'Release' && !options.force) {
        rmSync(join(folder, 'build-info.json'), { force: true })
        const kept = takeKept(key, [...products], folder)
        if (kept) {
          say(`took what was built before of the same sources with torch ${libtorch.version} at ${libtorch.path}, ${compiler.version}`)
          return finish({ ...kept, digest, products: [...products].sort() })
        }
      }
      say(`building with torch ${libtorch.version} at ${libtorch.path}, ${compiler.version}`)
      rmSync(join(folder, 'build-info.json'), { force: true })
      prepare(work, settingOf(libtorch, compiler), options.force ?? false)
      const started = performance.now()
      await compile(
        {
          LIBTORCH: libtorch.path,
          DC_ADDON: products.has(addonFile),
          DC_TESTS: products.has('native_tests'),
          DC_BENCH: benchmarks().some(name => products.has(name)),
          DC_CUDA: products.has(cudaPluginFile),
          DC_SANITIZE: options.sanitize ?? false,
          DC_PRODUCTS: folder,
          ...(products.has(cudaPluginFile) ? await cudaToolchain(libtorch, { ...options, log: say }) : {})
        },
        { type: options.debug || options.sanitize ? 'Debug' : 'Release', work, say, progress: options.progress ?? progressLine('compiling'), signal }
      )
      const missing = [...products].filter(product => !existsSync(join(folder, product)))
      if (missing.length > 0) throw new DeepClusteringError('ERR_BUILD_FAILED', `The build ended without ${missing.join(', ')} in ${folder}`)
      const info: BuildInfo = {
        packageVersion: packageVersion(),
        napiVersion: 9,
        libtorch: libtorch.path,
        torchVersion: libtorch.version,
        cudaVersion: libtorch.cuda,
        compiler: compiler.version,
        cxxStandard: 20,
        buildType: type,
        date: new Date().toISOString(),
        digest,
        sources,
        products: [...products].sort()
      }
      if (type === 'Release')
        keep(
          key,
          [addonFile, cudaPluginFile].filter(product => products.has(product)),
          folder,
          info
        )
      say(`built ${info.products.join(', ')} in ${((performance.now() - started) / 1000).toFixed(0)} s`)
      return finish(info)
    },
    signal
  )
}

/** The executables of the native tests: of the core, of the core on a device that stands in for CUDA's, and on a GPU, which skip where there is none. */
export const nativeTests: readonly string[] = ['native_tests', 'device_tests', 'gpu_tests']

/** What the benchmarks are called, one of each source file; none in an installed package, which does not contain them. */
function benchmarks(): string[] {
  const folder = join(packageRoot, 'native', 'bench')
  return existsSync(folder)
    ? readdirSync(folder)
        .filter(name => name.endsWith('.cpp'))
        .map(name => `bench_${basename(name, '.cpp')}`)
    : []
}

interface Choice {
  readonly libtorch: LibtorchVerdict
  /** Whether the CUDA plugin that was built before cannot be built with it, and nobody asked for one now. */
  readonly dropped: boolean
}

async function chooseLibtorch(options: BuildOptions, before: BuildInfo | undefined, plugin: boolean, say: (line: string) => void): Promise<Choice> {
  const named = options.libtorch ?? process.env['LIBTORCH']
  // Who names a libtorch gets it, at the price of a plugin that it cannot carry; else one is taken that carries it.
  const cuda = options.cuda || options.onlyCuda || (plugin && !named) || false
  const libtorch = await usableLibtorch(options, before, cuda, say)
  const dropped = plugin && !hasCuda(libtorch)
  if (dropped) say(`${libtorch.path} has no CUDA part: the CUDA plugin that was built before is removed`)
  return { libtorch, dropped }
}

async function usableLibtorch(
  options: BuildOptions,
  before: BuildInfo | undefined,
  cuda: boolean,
  say: (line: string) => void
): Promise<LibtorchVerdict> {
  const fits = (verdict: LibtorchVerdict | undefined): verdict is LibtorchVerdict => verdict?.usable === true && (!cuda || hasCuda(verdict))
  const named = options.libtorch ?? process.env['LIBTORCH']
  // The one that was built with before, if nobody asks for another: no search, and no rebuild because a venv is active.
  const same = !named && before ? judge({ source: 'last build', path: before.libtorch }) : undefined
  if (fits(same)) return same
  const { chosen, verdicts } = findLibtorch(options.libtorch)
  if (fits(chosen)) return chosen
  const other = verdicts.find(fits)
  if (other) return other
  const report = verdicts.map(({ source, path, verdict }) => `  ${source}: ${path}: ${verdict}`)
  if (named) {
    const why = chosen && cuda ? '  it has no CUDA part (lib/libtorch_cuda.so)' : report.join('\n')
    throw new DeepClusteringError('ERR_LIBTORCH_NOT_FOUND', `The libtorch that was named cannot be used:\n${why}`)
  }
  if (report.length > 0) say(['libtorch candidates:', ...report].join('\n'))
  say(`no usable libtorch${cuda ? ' with CUDA' : ''} on this machine: fetching one into the cache, once`)
  const path = await fetchLibtorch({ ...options, cuda, headers: true, log: say, progress: options.progress ?? progressLine('fetching', ['MB', 1e6]) })
  const fetched = judge({ source: 'cache', path })
  if (fits(fetched)) return fetched
  throw new DeepClusteringError('ERR_LIBTORCH_NOT_FOUND', `The libtorch that was fetched cannot be used: ${(fetched as LibtorchVerdict).verdict}`)
}

/** Digest of everything that decides what a build makes: sources, tests and all, and what else is named. */
function digestOf(parts: readonly string[]): string {
  const hash = createHash('sha256')
  addSources(hash, join(packageRoot, 'native'))
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex')
}

/** Under what an addon is kept: what decides its bytes, but for where it was built. */
function keyOf(sources: string, libtorch: LibtorchVerdict, compiler: Tool): string {
  const flags = ['CXXFLAGS', 'CPPFLAGS', 'LDFLAGS'].map(name => process.env[name] ?? '')
  const hash = createHash('sha256')
  for (const part of [sources, packageVersion(), process.arch, libtorch.path, libtorch.version, compiler.version, ...flags])
    hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 32)
}
