/** The tools that a build needs: found, and old enough. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism, freemem } from 'node:os'
import { DeepClusteringError } from '../errors.js'

/** A program and its version. */
export interface Tool {
  readonly command: string
  readonly version: string
}

/** The first of several commands that answers `--version`, with what it calls its version. */
export function findTool(commands: readonly string[], pattern: RegExp): Tool | undefined {
  for (const command of commands) {
    const { status, stdout } = ask(command)
    const version = status === 0 ? pattern.exec(stdout)?.[1] : undefined
    if (version !== undefined) return { command, version }
  }
  return undefined
}

/** What a command says its version is. It may have several words, as in `CXX="ccache g++"`, which CMake takes apart too. */
function ask(command: string) {
  const [program = command, ...words] = existsSync(command) ? [command] : command.trim().split(/\s+/)
  return spawnSync(program, [...words, '--version'], { encoding: 'utf8' })
}

/** The CMake that cmake-js runs. */
export const findCMake = (): Tool | undefined => findTool(['cmake'], /cmake version (\d+\.\d+\.\d+)/)

/** `$CXX`, else the compiler that CMake would take. */
export function findCompiler(): Tool | undefined {
  const own = process.env['CXX']
  const tool = findTool(own ? [own] : ['c++', 'g++', 'clang++'], /(\d+\.\d+\.\d+)/)
  if (!tool) return undefined
  const { stdout } = ask(tool.command)
  return { command: tool.command, version: `${/clang/i.test(stdout) ? 'clang' : 'gcc'} ${tool.version}` }
}

/** What the compiler takes for a file that includes torch's headers. */
const memoryOfJob = 1.5 * 2 ** 30

/** How many files are compiled at once where nothing says it: one a core, as far as the memory that is free allows. */
export function compileJobs(cores = availableParallelism(), memory = Math.min(freemem(), process.constrainedMemory?.() || Infinity)): number {
  return Math.max(1, Math.min(cores, Math.floor(memory / memoryOfJob)))
}

/** @throws DeepClusteringError ERR_BUILD_FAILED naming what to install */
export function checkTools(): { readonly cmake: Tool; readonly compiler: Tool } {
  const cmake = findCMake()
  if (!cmake) throw missing('CMake was not found. Install it (Debian: apt install cmake; macOS: brew install cmake; anywhere: pip install cmake)')
  if (older(cmake.version, [3, 20])) throw missing(`CMake ${cmake.version} is too old: 3.20 or newer is needed (pip install cmake brings one)`)
  const compiler = findCompiler()
  if (!compiler) throw missing('No C++ compiler was found. Install one (Debian: apt install g++; macOS: xcode-select --install), or set CXX')
  const [kind, version] = compiler.version.split(' ') as [string, string]
  const floor = kind === 'gcc' ? 11 : 14
  if (older(version, [floor, 0]))
    throw missing(`${compiler.command} is ${compiler.version}: libtorch needs C++20, that is gcc 11 or clang 14. Set CXX to a newer one`)
  return { cmake, compiler }
}

function older(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number)
  return a < major || (a === major && b < minor)
}

const missing = (message: string): DeepClusteringError => new DeepClusteringError('ERR_BUILD_FAILED', message)
