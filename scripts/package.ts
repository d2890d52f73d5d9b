/**
 * `npm run package -- --out DIR`: builds and packs what is published: the package of prebuilt addons for this platform, one addon for each version of
 * torch, and the main package, which names it as an optional dependency. The same sources, compiler and libtorches give the same bytes.
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { compile, prepare, settingOf } from '../src/build/compile.js'
import { checkTools } from '../src/build/tools.js'
import { readArguments } from '../src/cli/arguments.js'
import { judge } from '../src/libtorch/discover.js'
import { fetchLibtorch } from '../src/libtorch/fetch.js'
import { torchVersions } from '../src/libtorch/pins.js'
import { pipDefaultIndex } from '../src/libtorch/pip.js'
import { indexSettings } from '../src/libtorch/pip-config.js'
import { addonFile, packageRoot, packageVersion } from '../src/native/build-info.js'
import { folderFor, openLibraryFile, prebuiltName } from '../src/native/prebuilt.js'
import { optionTable } from '../src/options/table.js'
import { progressLine } from '../src/progress-line.js'

const options = optionTable({
  out: { type: 'text', placeholder: 'DIR', required: true, meaning: 'Folder of the packed packages' },
  torch: { type: 'texts', placeholder: 'VERSION', meaning: 'Versions of torch; all that can be fetched' },
  wheel: { type: 'texts', placeholder: 'FILE', meaning: 'Wheels to take instead of asking an index' },
  mainOnly: { type: 'boolean', meaning: 'No prebuilt addons: the main package alone' }
})

const say = (line: string): void => void process.stderr.write(`${line}\n`)

interface Manifest {
  readonly name: string
  readonly version: string
  readonly [name: string]: unknown
}

const main = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as Manifest
const work = join(packageRoot, 'build', 'package')

/** What npm packs of a folder: its archive, put into another one. */
function pack(folder: string, out: string): void {
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], { cwd: folder, encoding: 'utf8' })
  const [packed] = Object.values(
    JSON.parse(output) as Record<string, { readonly filename: string; readonly size: number; readonly unpackedSize: number }>
  )
  say(`${join(out, basename(packed!.filename))}: ${(packed!.size / 1e6).toFixed(2)} MB, unpacked ${(packed!.unpackedSize / 1e6).toFixed(2)} MB`)
}

/** An empty folder. */
function fresh(...parts: readonly string[]): string {
  const folder = join(...parts)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

/** The addon for a version of torch and the one that opens its libtorch; built anew only where something changed. */
async function portableAddon(version: string, wheels: readonly string[] | undefined): Promise<string> {
  const { compiler } = checkTools()
  const log = say
  const path = await fetchLibtorch({ version, headers: true, wheels, log, progress: progressLine('fetching', ['MB', 1e6]) })
  const libtorch = judge({ source: 'cache', path })
  if (!libtorch.usable) throw new Error(`The libtorch at ${path} cannot be used: ${libtorch.verdict}`)
  const folder = join(work, folderFor(version))
  const cmake = join(folder, 'cmake')
  mkdirSync(cmake, { recursive: true })
  prepare(cmake, settingOf(libtorch, compiler), false)
  say(`building with torch ${version}, ${compiler.version}`)
  const variables = { LIBTORCH: path, DC_ADDON: true, DC_PORTABLE: true, DC_PRODUCTS: folder }
  await compile(variables, { type: 'Release', work: cmake, say, progress: progressLine('compiling'), signal: undefined })
  return folder
}

/** The package of prebuilt addons. */
async function packPrebuilt(versions: readonly string[], wheels: readonly string[] | undefined, out: string): Promise<void> {
  const folder = fresh(work, 'prebuilt')
  for (const version of versions) {
    const built = await portableAddon(version, wheels)
    mkdirSync(join(folder, folderFor(version)))
    copyFileSync(join(built, addonFile), join(folder, folderFor(version), addonFile))
    copyFileSync(join(built, openLibraryFile), join(folder, openLibraryFile))
  }
  const { license, repository } = main
  const manifest: Manifest = {
    name: prebuiltName,
    version: packageVersion(),
    description: `Prebuilt native addons of deep-clustering for ${process.platform} on ${process.arch}, for torch ${versions.map(version => folderFor(version).slice('torch-'.length)).join(', ')}`,
    license,
    ...(repository !== undefined && { repository }),
    engines: main['engines'],
    os: [process.platform],
    cpu: [process.arch],
    ...(process.platform === 'linux' && { libc: ['glibc'] })
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  writeFileSync(join(folder, 'README.md'), `# ${prebuiltName}\n\n${manifest['description']}. Installed with deep-clustering; of no use alone.\n`)
  copyFileSync(join(packageRoot, 'LICENSE'), join(folder, 'LICENSE'))
  pack(folder, out)
}

/** The main package: what npm would pack of this folder, with a manifest that names the prebuilt addons and the index that pip asks by itself. */
async function packMain(out: string): Promise<void> {
  const folder = fresh(work, 'main')
  const listed = execFileSync('npm', ['pack', '--json', '--dry-run', '--ignore-scripts'], { cwd: packageRoot, encoding: 'utf8', maxBuffer: 1 << 26 })
  const [{ files }] = Object.values(JSON.parse(listed) as object) as [{ readonly files: readonly { readonly path: string }[] }]
  for (const { path } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(packageRoot, path), join(folder, path))
  }
  const { devDependencies: _, scripts: __, overrides: ___, ...kept } = main
  const pipIndex = await pipDefaultIndex(undefined)
  if (pipIndex === undefined && indexSettings().index === undefined)
    say('warning: no pip on this machine: the package will ask only the index that its user names')
  const manifest = { ...kept, optionalDependencies: { [prebuiltName]: packageVersion() }, ...(pipIndex && { pipIndex }) }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  pack(folder, out)
}

const { out, torch, wheel, mainOnly } = readArguments(options, process.argv.slice(2)).values
const folder = resolve(out!)
if (!existsSync(folder)) mkdirSync(folder, { recursive: true })
if (!mainOnly) await packPrebuilt(torch ?? torchVersions(), wheel, folder)
await packMain(folder)
