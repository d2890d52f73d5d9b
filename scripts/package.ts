/**
 * `npm run package -- --out DIR`: builds and packs what is published: for each platform a package of prebuilt addons and, where torch has CUDA, one
 * of CUDA plugins, with one of each for each version of torch; and the main package, which names them as optional dependencies. The same sources,
 * compilers and libtorches give the same bytes.
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { compile, prepare, settingOf } from '../src/build/compile.js'
import { cudaToolchain } from '../src/build/cuda.js'
import { checkTools, findTool, type Tool } from '../src/build/tools.js'
import { readArguments } from '../src/cli/arguments.js'
import { expected } from '../src/errors.js'
import { type FetchOptions, fetchForLinking } from '../src/libtorch/fetch.js'
import { platform as here, torchVersions } from '../src/libtorch/pins.js'
import { pipDefaultIndex } from '../src/libtorch/pip.js'
import { indexSettings } from '../src/libtorch/pip-config.js'
import { readVersion } from '../src/libtorch/version.js'
import { addonFile, cudaPluginFile, packageRoot, packageVersion } from '../src/native/build-info.js'
import { folderFor, openLibraryFile, prebuiltCudaNameFor, prebuiltNameFor } from '../src/native/prebuilt.js'
import { optionTable } from '../src/options/table.js'
import { progressLine } from '../src/progress-line.js'

const options = optionTable({
  out: { type: 'text', placeholder: 'DIR', required: true, meaning: 'Folder of the packed packages' },
  torch: { type: 'texts', placeholder: 'VERSION', meaning: 'Versions of torch; all that can be fetched' },
  platform: { type: 'texts', placeholder: 'NAME', meaning: 'Platforms of the prebuilt addons; all that can be built: linux-x64, linux-arm64' },
  wheel: { type: 'texts', placeholder: 'FILE', meaning: 'Wheels to take instead of asking an index' },
  mainOnly: { type: 'boolean', meaning: 'No prebuilt addons: the main package alone' }
})

const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** The platforms that prebuilt addons are built for, and the compiler of the one that is not that of this machine. */
const platforms: Readonly<Record<string, { readonly cuda: boolean; readonly crossCompiler: string; readonly processor: string }>> = {
  'linux-x64': { cuda: true, crossCompiler: 'x86_64-linux-gnu-g++', processor: 'x86_64' },
  'linux-arm64': { cuda: false, crossCompiler: 'aarch64-linux-gnu-g++', processor: 'aarch64' }
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly [name: string]: unknown
}

const main = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as Manifest
/** What is compiled, kept for the next time, and what is packed, made anew each time. */
const compiled = join(packageRoot, 'build', 'package', 'compiled')
const staged = join(packageRoot, 'build', 'package', 'staged')

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

/** The compiler for a platform, and what CMake must know where it is another one than this machine's. */
function compilerFor(platform: string): { readonly compiler: Tool; readonly variables: Readonly<Record<string, string>> } {
  const { compiler } = checkTools()
  if (platform === here) return { compiler, variables: {} }
  const { crossCompiler, processor } = platforms[platform]!
  const found = findTool([crossCompiler], /(\d+\.\d+\.\d+)/)
  if (!found)
    throw new Error(`Addons for ${platform} are compiled with ${crossCompiler}, which was not found (Debian: apt install g++-${processor}-linux-gnu)`)
  return {
    compiler: { command: crossCompiler, version: `gcc ${found.version} for ${processor}` },
    variables: { CMAKE_SYSTEM_NAME: 'Linux', CMAKE_SYSTEM_PROCESSOR: processor, CMAKE_CXX_COMPILER: crossCompiler }
  }
}

/** The addon for a version of torch, the one that opens its libtorch, and the CUDA plugin; built anew only where something changed. */
async function buildPortable(platform: string, version: string, wheels: readonly string[] | undefined): Promise<string> {
  const { compiler, variables } = compilerFor(platform)
  const fetching: FetchOptions = { wheels, log: say, progress: progressLine('fetching', ['MB', 1e6]) }
  const path = await fetchForLinking(platform, { ...fetching, version })
  const libtorch = { source: 'cache', path, usable: true, verdict: '', ...readVersion(path) }
  const folder = join(compiled, platform, folderFor(version))
  const cmake = join(folder, 'cmake')
  mkdirSync(cmake, { recursive: true })
  prepare(cmake, settingOf(libtorch, compiler), false)
  const { cuda } = platforms[platform]!
  const toolchain = cuda ? await cudaToolchain(libtorch, fetching) : {}
  say(`building for ${platform} with torch ${version}, ${compiler.version}`)
  await compile(
    { LIBTORCH: path, DC_ADDON: true, DC_CUDA: cuda, DC_PORTABLE: true, DC_PRODUCTS: folder, ...variables, ...toolchain },
    { type: 'Release', work: cmake, say, progress: progressLine('compiling'), signal: undefined }
  )
  return folder
}

/** Packs what was built for some versions of torch as a package of a platform. */
function packBuilt(name: string, what: string, platform: string, files: Readonly<Record<string, string>>, out: string): void {
  const folder = fresh(staged, basename(name))
  for (const [file, from] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    copyFileSync(from, join(folder, file))
  }
  const [os, cpu] = platform.split('-')
  const torch = [...new Set(Object.keys(files).flatMap(file => /^torch-([\d.]+)\//.exec(file)?.[1] ?? []))]
  const { license, repository } = main
  const manifest: Manifest = {
    name,
    version: packageVersion(),
    description: `Prebuilt ${what} of deep-clustering for ${os} on ${cpu}, for torch ${torch.join(', ')}`,
    license,
    ...(repository !== undefined && { repository }),
    engines: main['engines'],
    os: [os],
    cpu: [cpu],
    ...(os === 'linux' && { libc: ['glibc'] })
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  writeFileSync(join(folder, 'README.md'), `# ${name}\n\n${manifest['description']}. Installed with deep-clustering; of no use alone.\n`)
  copyFileSync(join(packageRoot, 'LICENSE'), join(folder, 'LICENSE'))
  pack(folder, out)
}

/** The packages of a platform. */
async function packPlatform(platform: string, versions: readonly string[], wheels: readonly string[] | undefined, out: string): Promise<void> {
  const addons: Record<string, string> = {}
  const plugins: Record<string, string> = {}
  for (const version of versions) {
    const built = await buildPortable(platform, version, wheels)
    addons[join(folderFor(version), addonFile)] = join(built, addonFile)
    addons[openLibraryFile] = join(built, openLibraryFile)
    plugins[join(folderFor(version), cudaPluginFile)] = join(built, cudaPluginFile)
  }
  packBuilt(prebuiltNameFor(platform), 'native addons', platform, addons, out)
  if (platforms[platform]!.cuda) packBuilt(prebuiltCudaNameFor(platform), 'CUDA plugins', platform, plugins, out)
}

/** The main package: what npm would pack of this folder, with a manifest that names the prebuilt packages and the index that pip asks by itself. */
async function packMain(out: string): Promise<void> {
  const folder = fresh(staged, 'main')
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
  const names = Object.entries(platforms).flatMap(([name, { cuda }]) => [prebuiltNameFor(name), ...(cuda ? [prebuiltCudaNameFor(name)] : [])])
  const optionalDependencies = Object.fromEntries(names.map(name => [name, packageVersion()]))
  const manifest = { ...kept, optionalDependencies, ...(pipIndex && { pipIndex }) }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  pack(folder, out)
}

const { out, torch, platform, wheel, mainOnly } = readArguments(options, process.argv.slice(2)).values
const folder = resolve(out!)
if (!existsSync(folder)) mkdirSync(folder, { recursive: true })
for (const name of platform ?? [])
  if (!(name in platforms)) throw new Error(expected(`one of ${Object.keys(platforms).join(', ')}`, 'platform', name))
for (const name of mainOnly ? [] : (platform ?? Object.keys(platforms))) {
  const known = torchVersions(name)
  await packPlatform(name, torch?.filter(version => known.includes(version)) ?? known, wheel, folder)
}
await packMain(folder)
