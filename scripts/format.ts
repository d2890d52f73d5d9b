/** `npm run format` writes what `npm run lint` (`--check`) asks for: biome for TypeScript, clang-format for C++. */

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { packageRoot } from '../src/native/build-info.js'

/** A program of a package that is installed here. */
function program(packageName: string, path: string): string {
  return join(createRequire(import.meta.url).resolve(`${packageName}/package.json`), '..', path)
}

function nativeSources(): string[] {
  const files = readdirSync(join(packageRoot, 'native'), { recursive: true, encoding: 'utf8' })
  return files.filter(name => /\.(h|cpp|cu|cuh)$/.test(name)).map(name => join('native', name))
}

/** Says what is not formatted or breaks a rule, or with `write` mends what can be. Whether nothing is left, by program. */
export function format(write: boolean): Readonly<Record<string, boolean>> {
  const run = (path: string, args: readonly string[]): boolean =>
    spawnSync(process.execPath, [path, ...args], { cwd: packageRoot, stdio: 'inherit' }).status === 0
  return {
    biome: run(program('@biomejs/biome', 'bin/biome'), ['check', '--error-on-warnings', ...(write ? ['--write'] : [])]),
    'clang-format': run(program('@wasm-fmt/clang-format', 'clang-format-cli.cjs'), [
      ...(write ? ['-i'] : ['--dry-run', '--Werror']),
      ...nativeSources()
    ])
  }
}

if (process.argv[1] === import.meta.filename) process.exitCode = Object.values(format(!process.argv.includes('--check'))).every(Boolean) ? 0 : 1
