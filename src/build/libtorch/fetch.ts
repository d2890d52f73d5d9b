/** Fetches libtorch as pip's wheels into the cache: pinned, verified, only what is needed, whole or not at all. */

import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DeepClusteringError } from '../../errors.js'
import { packageRoot } from '../../native/build-info.js'
import { runProgram } from '../run-program.js'
import { libtorchCache, withLock } from './cache.js'
import { musl } from './discover.js'
import { type Pin, pins, platform, torchVersion, wheelPlatforms } from './pins.js'

export interface FetchOptions {
  /** Takes wheels of the pinned versions with other digests, as a mirror or a CPU-only index may serve. */
  readonly allowUnpinned?: boolean
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

// Compiled, this file lies in dist; the Python script stays where it is.
const unpackScript = join(packageRoot, 'src', 'build', 'libtorch', 'unpack.py')

/** Where a fetch puts its `torch/` folder, whether or not it is there. */
export const fetchedLibtorch = (): string => join(libtorchCache(), `${torchVersion}-pip`, 'torch')

/**
 * Makes sure that the cache holds libtorch, with its CUDA part if asked for, and returns its `torch/` folder.
 * @throws DeepClusteringError ERR_LIBTORCH_NOT_FOUND with the cause: no wheels for this platform, pip failed, wrong digest
 */
export async function fetchLibtorch(options: FetchOptions & { readonly cuda?: boolean }): Promise<string> {
  await fetchParts(options.cuda ? ['cpu', 'cuda'] : ['cpu'], options)
  return fetchedLibtorch()
}

/**
 * Makes sure that the cache holds nvcc, in the `nvidia/` beside {@link fetchedLibtorch}.
 * @throws DeepClusteringError as {@link fetchLibtorch}
 */
export async function fetchToolchain(options: FetchOptions): Promise<void> {
  await fetchParts(['toolchain'], options)
}

async function fetchParts(names: readonly (keyof typeof pins)[], options: FetchOptions): Promise<void> {
  const folder = dirname(fetchedLibtorch())
  const missing = (): (keyof typeof pins)[] => names.filter(name => !isComplete(name, folder, names.includes('cuda')))
  if (missing().length === 0) return
  const python = await findPython(options.signal)
  await withLock(
    `${folder}.lock`,
    holder => options.log(`waiting for another process that fetches libtorch (${holder})`),
    async () => {
      // What an interrupted fetch of this version left behind: the lock is ours. Other versions have their own.
      for (const entry of readdirSync(libtorchCache())) {
        if (entry.startsWith(`${basename(folder)}.`) && entry.endsWith('.tmp')) rmSync(join(libtorchCache(), entry), { recursive: true, force: true })
      }
      const staging = `${folder}.${process.pid}.tmp`
      try {
        for (const name of missing()) {
          const wheels = pins[name]
          if (!wheels || musl())
            throw notFetched(`there are no ${name} wheels for ${platform}${musl() ? ' with musl' : ''}. Set LIBTORCH to a libtorch that you have`)
          await fetchPart(name, wheels, { folder, staging, python, ...options })
        }
      } finally {
        rmSync(staging, { recursive: true, force: true })
      }
    },
    options.signal
  )
}

interface PartOptions extends FetchOptions {
  readonly folder: string
  /** Beside the folder, on the same file system; the downloads in it serve all parts. */
  readonly staging: string
  readonly python: string
}

/** One part: downloaded and unpacked beside the folder, then moved into it; a marker tells that it is complete. */
async function fetchPart(name: string, wheels: readonly Pin[], { folder, staging, python, log, allowUnpinned, signal }: PartOptions): Promise<void> {
  const downloads = join(staging, 'wheels')
  const tree = join(staging, name)
  mkdirSync(downloads, { recursive: true })
  mkdirSync(tree)
  const take = async (some: readonly Pin[]): Promise<void> => {
    const missing = some.filter(pin => wheelOf(pin, downloads) === undefined)
    if (missing.length > 0) {
      log(`fetching ${missing.map(({ name: wheel, version }) => `${wheel} ${version}`).join(', ')} with pip`)
      await download(missing, downloads, { python, log, signal })
    }
    for (const pin of some) {
      const file = wheelOf(pin, downloads)
      if (!file) throw notFetched(`pip did not leave a wheel of ${pin.name} ${pin.version}`)
      await verify(pin, join(downloads, file), allowUnpinned ?? false, signal)
      log(`unpacking ${file}`)
      await run(python, [unpackScript, join(downloads, file), pythonPattern(pin.members), tree], signal)
    }
  }
  // torch first and alone: a CPU-only one needs nothing of NVIDIA's, and the index that serves it often has nothing of it.
  await take(wheels.slice(0, 1))
  const cpuOnly = readdirSync(downloads).some(file => /^torch-[^-]*\+cpu/.test(file))
  if (cpuOnly && name === 'cuda') throw notFetched('the package index serves a CPU-only torch. Take one that serves the CUDA build')
  if (!cpuOnly) await take(wheels.slice(1))
  mkdirSync(folder, { recursive: true })
  merge(tree, folder)
  writeFileSync(join(folder, `.${name}`), cpuOnly ? cpuOnlyContents : contentsOf(wheels))
}

/** What the marker of a part says: the wheels in it. */
const contentsOf = (wheels: readonly Pin[]): string => wheels.map(({ name, version }) => `${name}==${version}\n`).join('')

const cpuOnlyContents = `torch==${torchVersion}+cpu\n`

/** Whether the folder holds a part, of the wheels that are pinned now; to which, if it shall get a CUDA part, one can be added. */
function isComplete(name: keyof typeof pins, folder: string, cuda: boolean): boolean {
  const marker = join(folder, `.${name}`)
  if (!existsSync(marker)) return false
  const contents = readFileSync(marker, 'utf8')
  return contents === contentsOf(pins[name] ?? []) || (name === 'cpu' && !cuda && contents === cpuOnlyContents)
}

/** Moves every file of a tree into another one. */
function merge(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const target = join(to, entry.name)
    if (entry.isDirectory() && existsSync(target)) merge(join(from, entry.name), target)
    else renameSync(join(from, entry.name), target)
  }
}

async function download(
  wheels: readonly Pin[],
  folder: string,
  { python, log, signal }: Pick<PartOptions, 'python' | 'log' | 'signal'>
): Promise<void> {
  // Independent of the Python that runs pip: the libraries in the wheels are the same for all.
  const tags = ['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312', '--abi', 'abi3', '--abi', 'none', '--only-binary', ':all:']
  const platforms = wheelPlatforms().flatMap(tag => ['--platform', tag])
  const requirements = wheels.map(({ name, version }) => `${name}==${version}`)
  const args = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--disable-pip-version-check',
    '--no-cache-dir',
    '--progress-bar',
    'off',
    '-d',
    folder,
    ...tags,
    ...platforms,
    ...requirements
  ]
  try {
    await run(python, args, signal, line => {
      const match = /Downloading (\S+\.whl).*\(([^)]+)\)/.exec(line)
      if (match) log(`downloading ${match[1]!.split('/').at(-1)} (${match[2]})`)
    })
  } catch (cause) {
    signal?.throwIfAborted()
    throw notFetched(
      `pip could not download ${requirements.join(', ')}:\n${(cause as Error).message}\nIs the package index reachable? pip's own configuration decides which one is asked`,
      cause
    )
  }
}

/** The wheel of a pin in a folder, also a local build of it (`2.15.0+cpu`). */
function wheelOf(pin: Pin, folder: string): string | undefined {
  const prefix = `${pin.name.replaceAll('-', '_')}-${pin.version}`.toLowerCase()
  return readdirSync(folder).find(name => ['-', '+'].some(end => name.toLowerCase().startsWith(prefix + end)))
}

async function verify(pin: Pin, path: string, allowUnpinned: boolean, signal: AbortSignal | undefined): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted()
    hash.update(chunk as Buffer)
  }
  const digest = hash.digest('hex')
  if (digest === pin.sha256 || allowUnpinned) return
  throw notFetched(
    `the wheel of ${pin.name} ${pin.version} has the SHA-256 ${digest}, pinned is ${pin.sha256}. ` +
      'If your package index serves another build on purpose (a CPU-only index, for example), pass --allow-unpinned'
  )
}

/** A JavaScript pattern of the simple kind used here as a Python one. */
const pythonPattern = (pattern: RegExp): string => pattern.source.replaceAll('\\/', '/')

async function findPython(signal: AbortSignal | undefined): Promise<string> {
  for (const python of [process.env['PYTHON'], 'python3', 'python']) {
    if (!python) continue
    try {
      await run(python, ['-m', 'pip', '--version'], signal)
      return python
    } catch {
      signal?.throwIfAborted()
      // the next one
    }
  }
  throw notFetched('no Python with pip was found (tried $PYTHON, python3, python). Install them, or set LIBTORCH to a libtorch that you have')
}

/** Runs a program to its end; rejects with the last lines that it printed if it fails. */
async function run(command: string, args: readonly string[], signal: AbortSignal | undefined, onLine?: (line: string) => void): Promise<void> {
  const lines: string[] = []
  const take = (line: string): void => {
    if (line.trim() === '') return
    lines.push(line.replace(/https?:\/\/\S+/g, '…'))
    onLine?.(line)
  }
  const code = await runProgram(command, args, { signal, onLine: take })
  if (code !== 0) throw new Error(lines.slice(-8).join('\n') || `${command} ended with ${code}`)
}

function notFetched(why: string, cause?: unknown): DeepClusteringError {
  return new DeepClusteringError('ERR_LIBTORCH_NOT_FOUND', `libtorch could not be fetched: ${why}`, cause === undefined ? undefined : { cause })
}
