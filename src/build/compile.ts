/** Runs CMake and the compiler, by cmake-js. */

import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DeepClusteringError } from '../errors.js'
import type { LibtorchVerdict } from '../libtorch/discover.js'
import { packageRoot } from '../native/build-info.js'
import { loadPeer } from '../peers.js'
import { runProgram } from '../run-program.js'
import { buildFailure } from './build-failure.js'
import { compileJobs, findTool, type Tool } from './tools.js'

/** What CMake remembers from its first run in a folder, or what it would not see change because it looks at dates. */
export function settingOf(libtorch: LibtorchVerdict, compiler: Tool): string {
  const generator = findTool(['ninja'], /(\d+)/) ? 'ninja' : 'make'
  return [packageRoot, compiler.command, compiler.version, libtorch.path, libtorch.version, generator].join('\n')
}

/** Empties CMake's folder if it was made in another setting, for example before the package was moved. */
export function prepare(work: string, setting: string, force: boolean): void {
  const path = join(work, 'setting')
  if (!force && existsSync(path) && readFileSync(path, 'utf8') === setting) return
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work)
  writeFileSync(path, setting)
}

export interface Compile {
  readonly type: 'Release' | 'Debug'
  readonly work: string
  readonly say: (line: string) => void
  readonly progress: (done: number, total: number) => void
  readonly signal: AbortSignal | undefined
}

/** Path of cmake-js' manifest. It finds node-addon-api by itself, but does not say so where that is missing. */
function findCmakeJs(): string {
  const { resolve } = createRequire(import.meta.url)
  resolve('node-addon-api/package.json')
  return resolve('cmake-js/package.json')
}

/** Runs cmake-js, which brings the headers of Node-API: configures (its `build` alone keeps old variables) and builds. */
export async function compile(variables: Readonly<Record<string, string | boolean>>, { type, work, say, progress, signal }: Compile): Promise<void> {
  const cmakeJs = join(await loadPeer('cmakeJs', findCmakeJs), '..', 'bin', 'cmake-js')
  const jobs = process.env['DEEP_CLUSTERING_JOBS'] ?? String(compileJobs())
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
