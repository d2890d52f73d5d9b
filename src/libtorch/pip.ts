/** Downloads wheels with pip, where one prefers it: for an index that only pip can ask. */

import { readdirSync } from 'node:fs'
import { runProgram } from '../run-program.js'
import { notFetched } from './failure.js'
import { type Pin, wheelPlatforms } from './pins.js'

/** `$PYTHON`, else the Python of the search path, if it has pip. */
async function findPython(signal: AbortSignal | undefined): Promise<string | undefined> {
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
  return undefined
}

/** The index that pip asks where nothing names one, if there is a pip to say it. */
export async function pipDefaultIndex(signal: AbortSignal | undefined): Promise<string | undefined> {
  const python = await findPython(signal)
  if (!python) return undefined
  const lines: string[] = []
  await run(python, ['-m', 'pip', 'download', '--help'], signal, line => lines.push(line.trim()))
  return /--index-url <url>.*?\(default\s+(https?:\/\/[^\s)]+)\)/.exec(lines.join(' '))?.[1]
}

/**
 * Downloads the wheel of a pin for a platform into a folder, whatever its digest.
 * @returns its file's name
 */
export async function downloadByPip(
  { name, version }: Pin,
  of: string,
  folder: string,
  { log, signal }: { readonly log: (line: string) => void; readonly signal?: AbortSignal | undefined }
): Promise<string> {
  const python = await findPython(signal)
  if (!python)
    throw notFetched('no Python with pip was found (tried $PYTHON, python3, python). Fetch without pip, or set LIBTORCH to a libtorch that you have')
  log(`fetching ${name} ${version} with pip`)
  // Independent of the Python that runs pip: the libraries in the wheels are the same for all.
  const tags = ['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312', '--abi', 'abi3', '--abi', 'none', '--only-binary', ':all:']
  const platforms = wheelPlatforms(of).flatMap(tag => ['--platform', tag])
  const quiet = ['--no-deps', '--disable-pip-version-check', '--no-cache-dir', '--progress-bar', 'off']
  try {
    await run(python, ['-m', 'pip', 'download', ...quiet, '-d', folder, ...tags, ...platforms, `${name}==${version}`], signal)
  } catch (cause) {
    signal?.throwIfAborted()
    throw notFetched(
      `pip could not download ${name}==${version}:\n${(cause as Error).message}\nIs the package index reachable? pip's own configuration decides which one is asked`,
      cause
    )
  }
  const file = readdirSync(folder).find(entry => isWheelOf(entry, { name, version }))
  if (!file) throw notFetched(`pip did not leave a wheel of ${name} ${version}`)
  return file
}

/** Whether a file is named as a wheel of a pin is, also as a local build of it (`2.15.0+cpu`). */
export function isWheelOf(file: string, { name, version }: Pick<Pin, 'name' | 'version'>): boolean {
  const prefix = `${name.replaceAll('-', '_')}-${version}`.toLowerCase()
  return file.endsWith('.whl') && ['-', '+'].some(end => file.toLowerCase().startsWith(prefix + end))
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
