/** Finds libtorch on this machine, and says of each candidate why it was taken or refused. */

import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { libtorchCache } from './cache.js'
import { newest, oldest } from './pins.js'
import { libtorchLibrary, readVersion } from './version.js'

/** A place where libtorch might be. */
export interface LibtorchCandidate {
  /** Where the place was named: `--libtorch`, `LIBTORCH`, `cache`, `python3`, `system`, … */
  readonly source: string
  /** A folder with `include/` and `lib/`: `torch/` of a wheel, or an unpacked archive. */
  readonly path: string
}

/** A candidate that was looked at. */
export interface LibtorchVerdict extends LibtorchCandidate {
  readonly usable: boolean
  /** The reason, in words. */
  readonly verdict: string
  /** For example `2.15.0`; empty if unknown. */
  readonly version: string
  /** For example `13.2`; `null` for a build without CUDA. */
  readonly cuda: string | null
}

/** All candidates in the order in which they are tried. An explicit folder or `$LIBTORCH` is the only one. */
export const candidates = (explicit?: string): LibtorchCandidate[] => [...eachCandidate(explicit)]

/** The candidates one after the other, so that who takes an early one does not wait for Python. */
export function* eachCandidate(explicit?: string): Generator<LibtorchCandidate, void, void> {
  if (explicit) return yield { source: '--libtorch', path: resolve(explicit) }
  if (process.env['LIBTORCH']) return yield { source: 'LIBTORCH', path: resolve(process.env['LIBTORCH']) }
  const seen = new Set<string>()
  for (const find of [cached, pythonEnvironments, systemFolders]) {
    for (const candidate of find()) {
      if (!seen.has(candidate.path)) yield candidate
      seen.add(candidate.path)
    }
  }
}

function cached(): LibtorchCandidate[] {
  const folder = libtorchCache()
  return namesIn(folder)
    .filter(name => /^\d+\.\d+\.\d+-\w+$/.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map(name => ({ source: 'cache', path: join(folder, name, 'torch') }))
}

function pythonEnvironments(): LibtorchCandidate[] {
  const found: LibtorchCandidate[] = []
  for (const variable of ['VIRTUAL_ENV', 'CONDA_PREFIX']) {
    const prefix = process.env[variable]
    if (!prefix) continue
    for (const name of namesIn(join(prefix, 'lib')).filter(entry => entry.startsWith('python3.'))) {
      const path = join(prefix, 'lib', name, 'site-packages', 'torch')
      if (existsSync(path)) found.push({ source: variable, path })
    }
  }
  // find_spec does not import torch: a tenth of a second instead of several. Not from the current folder, where python -c looks first:
  // a checkout of torch there is not the one that is installed.
  const script =
    "import sys, importlib.util as u; sys.path = [p for p in sys.path if p]; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s and s.submodule_search_locations else '')"
  for (const python of ['python3', 'python']) {
    const { stdout, status } = spawnSync(python, ['-c', script], { encoding: 'utf8', timeout: 20_000 })
    if (status === 0 && stdout.trim() !== '') found.push({ source: python, path: stdout.trim() })
  }
  return found
}

function systemFolders(): LibtorchCandidate[] {
  const places = ['/usr/local/libtorch', '/opt/libtorch', '/usr/local', '/usr', '/opt/homebrew/opt/pytorch'].map(path => ({ source: 'system', path }))
  // conda-forge's libtorch lies in the environment itself, not in a Python package.
  const conda = process.env['CONDA_PREFIX']
  if (conda) places.unshift({ source: 'CONDA_PREFIX', path: conda })
  return places.filter(({ path }) => existsSync(join(path, 'lib', libtorchLibrary)))
}

/** Names in a folder; none where it is not there, not a folder or closed to this user. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** What a libtorch is wanted for: to be built with, which takes its headers too, or to be loaded by an addon that is there. */
export type Purpose = 'build' | 'run'

/** Looks at a candidate without loading it. */
export function judge(candidate: LibtorchCandidate, purpose: Purpose = 'build'): LibtorchVerdict {
  try {
    return look(candidate, purpose)
  } catch (error) {
    return { ...candidate, usable: false, verdict: `refused: it cannot be read (${(error as Error).message})`, version: '', cuda: null }
  }
}

function look(candidate: LibtorchCandidate, purpose: Purpose): LibtorchVerdict {
  const { path } = candidate
  const { version, cuda } = readVersion(path)
  const refused = (why: string): LibtorchVerdict => ({ ...candidate, usable: false, verdict: `refused: ${why}`, version, cuda })
  if (!existsSync(path)) return refused('there is no such folder')
  if (!existsSync(join(path, 'lib', libtorchLibrary))) return refused(`no library (lib/${libtorchLibrary})`)
  if (purpose === 'build' && !existsSync(join(path, 'include', 'ATen', 'ATen.h'))) return refused('no headers (include/ATen/ATen.h)')
  const machine = machineOf(join(path, 'lib', libtorchLibrary))
  if (machine !== undefined && machine !== process.arch) return refused(`it is made for ${machine}, this Node for ${process.arch}`)
  if (candidate.source !== 'system' && musl()) return refused('it is made for glibc, and the C library of this system is musl')
  const range = versionProblem(version)
  if (range) return refused(range)
  const missing = cuda !== null && process.platform === 'linux' ? missingLibraries(path) : []
  if (missing.length > 0) return refused(`a CUDA build whose ${missing.join(' and ')} cannot be found beside it (nvidia/) or in the system`)
  return { ...candidate, usable: true, verdict: `usable: torch ${version}${cuda === null ? '' : `, CUDA ${cuda}`}`, version, cuda }
}

/**
 * Looks for libtorch on this machine: in the cache, in Python environments, where systems put it.
 * @param explicit the only folder to look at, as `$LIBTORCH` is where it is set
 * @param purpose with `run`, one without headers is usable too
 * @returns the first usable one, if any, and the verdict on each candidate, in the order in which they are tried
 */
export function findLibtorch(
  explicit?: string,
  purpose: Purpose = 'build'
): { readonly chosen: LibtorchVerdict | undefined; readonly verdicts: readonly LibtorchVerdict[] } {
  const verdicts = candidates(explicit).map(candidate => judge(candidate, purpose))
  return { chosen: verdicts.find(({ usable }) => usable), verdicts }
}

/** The machine that a shared object is made for, as Node calls it; `undefined` if its header does not tell. */
function machineOf(path: string): string | undefined {
  const header = Buffer.alloc(20)
  const file = openSync(path, 'r')
  try {
    readSync(file, header)
  } finally {
    closeSync(file)
  }
  // e_machine of ELF, cputype of Mach-O.
  if (header.toString('latin1', 0, 4) === '\x7fELF') return { 62: 'x64', 183: 'arm64' }[header.readUInt16LE(18)] ?? 'another machine'
  if (header.readUInt32LE(0) === 0xfeedfacf) return { 16777223: 'x64', 16777228: 'arm64' }[header.readUInt32LE(4)] ?? 'another machine'
  return undefined
}

/** Whether this process runs on musl, where nothing made for glibc loads; Node names the version of glibc where there is one. */
export function musl(): boolean {
  if (process.platform !== 'linux') return false
  const { header } = process.report.getReport() as unknown as { readonly header: { readonly glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime === undefined
}

function versionProblem(version: string): string | undefined {
  if (process.env['DEEP_CLUSTERING_SKIP_VERSION_CHECK'] === '1') return undefined
  const [major, minor] = version.split('.').map(Number)
  if (major === undefined || minor === undefined) return 'its version is not known'
  const compare = (bound: readonly [number, number]): number => major - bound[0] || minor - bound[1]
  if (compare(oldest) < 0) return `${version} is older than ${oldest.join('.')}`
  if (compare(newest) > 0) return `${version} is newer than ${newest.join('.')}, the newest that this version was built with`
  return undefined
}

/** What the CPU part of a CUDA wheel links, beyond the system: its CUDA runtime and CUPTI. */
function missingLibraries(path: string): string[] {
  const folders = [
    join(path, 'lib'),
    ...(process.env['LD_LIBRARY_PATH'] ?? '').split(delimiter),
    '/usr/local/cuda/lib64',
    '/usr/lib/x86_64-linux-gnu'
  ]
  const nvidia = join(dirname(path), 'nvidia')
  folders.push(...namesIn(nvidia).map(name => join(nvidia, name, 'lib')))
  const files = folders.filter(folder => folder !== '').flatMap(namesIn)
  return ['libcudart', 'libcupti'].filter(name => !files.some(file => file.startsWith(name)))
}
