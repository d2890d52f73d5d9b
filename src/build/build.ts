/** Builds the native code: finds or fetches libtorch, runs cmake-js, and does nothing where nothing changed. */

import { createHash } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { DeepClusteringError } from '../errors.js'
import { addonFile, type BuildInfo, cudaPluginFile, packageRoot, packageVersion, readBuildInfo } from '../native/build-info.js'
import { buildFailure } from './build-failure.js'
import { withLock } from './libtorch/cache.js'
import { cudaToolchain } from './libtorch/cuda.js'
import { findLibtorch, judge, type LibtorchVerdict } from './libtorch/discover.js'
import { fetchLibtorch } from './libtorch/fetch.js'
import { runProgram } from './run-program.js'
import { checkTools, findTool, type Tool } from './tools.js'

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
          ...(products.has(cudaPluginFile) ? await cudaToolchain(libtorch, { allowUnpinned: options.allowUnpinned ?? false, log: say, signal }) : {})
        },
        { type: options.debug || options.sanitize ? 'Debug' : 'Release', work, say, progress: options.progress ?? bar(), signal }
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
        products: [...products].sort()
      }
      writeFileSync(join(folder, 'build-info.json'), `${JSON.stringify(info, null, 2)}\n`)
      say(`built ${info.products.join(', ')} in ${((performance.now() - started) / 1000).toFixed(0)} s`)
      return { folder, info, fresh: true }
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

const hasCuda = ({ path }: LibtorchVerdict): boolean => existsSync(join(path, 'lib', 'libtorch_cuda.so'))

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
  say(`no usable libtorch${cuda ? ' with CUDA' : ''} on this machine: fetching one into the cache (${cuda ? 'about 3 GB' : 'about 540 MB'}, once)`)
  const path = await fetchLibtorch({ cuda, allowUnpinned: options.allowUnpinned ?? false, log: say, signal: options.signal })
  const fetched = judge({ source: 'cache', path })
  if (fits(fetched)) return fetched
  throw new DeepClusteringError('ERR_LIBTORCH_NOT_FOUND', `The libtorch that was fetched cannot be used: ${(fetched as LibtorchVerdict).verdict}`)
}

/** What CMake remembers from its first run in a folder, or what it would not see change because it looks at dates. */
function settingOf(libtorch: LibtorchVerdict, compiler: Tool): string {
  const generator = findTool(['ninja'], /(\d+)/) ? 'ninja' : 'make'
  return [packageRoot, compiler.command, compiler.version, libtorch.path, libtorch.version, generator].join('\n')
}

/** Empties CMake's folder if it was made in another setting, for example before the package was moved. */
function prepare(work: string, setting: string, force: boolean): void {
  const path = join(work, 'setting')
  if (!force && existsSync(path) && readFileSync(path, 'utf8') === setting) return
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work)
  writeFileSync(path, setting)
}

/** Digest of the native sources and of what else decides the build. */
function digestOf(parts: readonly string[]): string {
  const hash = createHash('sha256')
  const add = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) add(path)
      else hash.update(entry.name).update('\0').update(readFileSync(path)).update('\0')
    }
  }
  add(join(packageRoot, 'native'))
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex')
}

interface Compile {
  readonly type: 'Release' | 'Debug'
  readonly work: string
  readonly say: (line: string) => void
  readonly progress: (done: number, total: number) => void
  readonly signal: AbortSignal | undefined
}

/** Runs cmake-js, which brings the headers of Node-API: configures (its `build` alone keeps old variables) and builds. */
async function compile(variables: Readonly<Record<string, string | boolean>>, { type, work, say, progress, signal }: Compile): Promise<void> {
  const cmakeJs = join(createRequire(import.meta.url).resolve('cmake-js/package.json'), '..', 'bin', 'cmake-js')
  const jobs = process.env['DEEP_CLUSTERING_JOBS'] ?? '2'
  const defines = Object.entries(variables).map(([name, value]) => `--CD${name}=${typeof value === 'boolean' ? (value ? 'ON' : 'OFF') : value}`)
  const args = ['-d', join(packageRoot, 'native'), '-O', work, '-p', jobs, ...(type === 'Debug' ? ['-D'] : []), ...defines]
  // The whole output is kept.
  const path = join(work, 'build.log')
  const file = createWriteStream(path)
  const lines: string[] = []
  const take = (line: string): void => {
    file.write(`${line}\n`)
    lines.push(line)
    const part = /^\[\s*(\d+)(?:\/(\d+)|%)\]/.exec(line)
    if (part) progress(Number(part[1]), Number(part[2] ?? 100))
  }
  const step = async (command: string): Promise<boolean> =>
    (await runProgram(process.execPath, [cmakeJs, command, ...args], { cwd: packageRoot, signal, onLine: take })) === 0
  let built = false
  try {
    built = (await step('configure')) && (await step('build'))
  } finally {
    await new Promise(done => file.end(done))
  }
  if (built) return
  const { telling, cause } = buildFailure(lines)
  say(telling.join('\n'))
  throw new DeepClusteringError('ERR_BUILD_FAILED', `${cause}; the whole output is in ${path}`)
}

/** One line that grows on a terminal, a line at every quarter elsewhere. */
function bar(): (done: number, total: number) => void {
  let quarter = -1
  return (done, total) => {
    if (process.stderr.isTTY) {
      // Whatever is told next, an error for example, begins at the left.
      process.stderr.write(`compiling ${done} of ${total}${done === total ? '\n' : '\r'}`)
    } else if (Math.floor((4 * done) / total) > quarter) {
      quarter = Math.floor((4 * done) / total)
      process.stderr.write(`compiling ${done} of ${total}\n`)
    }
  }
}
