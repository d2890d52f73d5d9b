/** Loads the addon at the first need, and says what to do where it cannot be loaded. */

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve, sep } from 'node:path'
import { DeepClusteringError } from '../errors.js'
import { eachCandidate, judge } from '../libtorch/discover.js'
import { newest, oldest } from '../libtorch/pins.js'
import { libtorchLibrary, readVersion } from '../libtorch/version.js'
import type { Addon } from './addon.js'
import { keptAddons } from './addon-cache.js'
import { addonFile, cudaPluginFile, packageRoot, packageVersion, productFolder, readBuildInfo } from './build-info.js'
import { withShortSpins } from './openmp.js'
import { findPrebuilt, openLibraryFile, prebuiltAddon, prebuiltName, prebuiltPlugin } from './prebuilt.js'

const require = createRequire(import.meta.url)
let loaded: Addon | undefined

/** The command that builds the addon, with its flags: in a checkout, or in a project that installed the package. */
export function buildCommand(...flags: readonly string[]): string {
  const installed = packageRoot.split(sep).includes('node_modules')
  return [installed ? 'npx deep-clustering build' : 'npm run build', ...(installed || flags.length === 0 ? [] : ['--']), ...flags].join(' ')
}

/** The command that fetches libtorch. */
export function setupCommand(): string {
  return 'npx deep-clustering setup'
}

/** One of the addons that there are, and the libtorch that must be open before it. */
interface Choice {
  readonly path: string
  readonly opened?: Opened
  /** The CUDA plugin, where it does not lie beside the addon. */
  readonly plugin?: string | undefined
}

/** What a prebuilt addon finds open. */
interface Opened {
  /** Path of the addon that opens it. */
  readonly by: string
  readonly library: string
}

/** The one that is loaded. */
let chosen: Choice | undefined

const ownAddon = (): string | undefined => process.env['DEEP_CLUSTERING_ADDON'] && resolve(process.env['DEEP_CLUSTERING_ADDON'])

/** Path of the addon: `$DEEP_CLUSTERING_ADDON`, the one that is loaded, else the first that would be tried. */
export const addonPath = (): string => choice().path

/** Path of the CUDA plugin, whether or not there is one: beside the addon, or in the package of prebuilt plugins. */
export function cudaPluginPath(): string {
  const { path, plugin } = choice()
  return plugin ?? join(path, '..', cudaPluginFile)
}

function choice(): Choice {
  const own = ownAddon()
  if (own) return { path: own }
  if (chosen) return chosen
  for (const choice of choices()) if (!(choice instanceof Error)) return choice
  return { path: builtPath() }
}

const builtPath = (): string => join(productFolder, addonFile)

/**
 * The addons to try, the best first: `$DEEP_CLUSTERING_ADDON` alone where it is set; else the build in the package's folder, those of the same
 * sources in the cache, and the prebuilt one for a libtorch that is there. Errors say why one is not.
 */
function* choices(): Generator<Choice | DeepClusteringError, void, void> {
  const own = ownAddon()
  if (own) return yield { path: own }
  if (existsSync(builtPath())) yield { path: builtPath() }
  const named = process.env['LIBTORCH'] && resolve(process.env['LIBTORCH'])
  for (const { folder, info } of keptAddons()) if (!named || info.libtorch === named) yield { path: join(folder, addonFile) }
  yield* prebuiltChoices()
}

function* prebuiltChoices(): Generator<Choice | DeepClusteringError, void, void> {
  const prebuilt = findPrebuilt()
  if (!prebuilt) return
  const source = `build from source with \`${buildCommand()}\``
  if (prebuilt.problem !== undefined) return yield new DeepClusteringError('ERR_ADDON_NOT_BUILT', `${prebuilt.problem}, or ${source}`)
  const refused: string[] = []
  for (const candidate of eachCandidate()) {
    const { usable, verdict, path, version } = judge(candidate, 'run')
    const addon = usable ? prebuiltAddon(prebuilt, version) : undefined
    const opened = { by: join(prebuilt.folder, openLibraryFile), library: join(path, 'lib', libtorchLibrary) }
    if (addon) return yield { path: addon, opened, plugin: prebuiltPlugin(version) }
    refused.push(`${candidate.source}: ${path}: ${usable ? `there is no prebuilt addon for torch ${version}` : verdict}`)
  }
  const supported = `torch ${oldest.join('.')} to ${newest.join('.')} are supported`
  yield new DeepClusteringError(
    'ERR_LIBTORCH_NOT_FOUND',
    process.env['LIBTORCH']
      ? `The libtorch that LIBTORCH names cannot be used (${refused[0]}); ${supported}. Name another one, or ${source}`
      : `No libtorch was found on this machine. Fetch it with \`${setupCommand()}\`, or name one in LIBTORCH (${supported})${refused.map(line => `\n  ${line}`).join('')}`
  )
}

/** Whether a prebuilt addon is installed that lacks nothing but a libtorch, which may be fetched. */
export function prebuiltAddonWaits(): boolean {
  const prebuilt = findPrebuilt()
  return prebuilt !== undefined && prebuilt.problem === undefined && !process.env['LIBTORCH']
}

/**
 * The native addon; loaded once in a process.
 * @throws DeepClusteringError ERR_ADDON_NOT_BUILT or ERR_LIBTORCH_NOT_FOUND, with the command that mends it and the reason why each addon that
 *   is there was refused
 */
export function loadAddon(): Addon {
  loaded ??= loadFirst()
  return loaded
}

function loadFirst(): Addon {
  const refusals: DeepClusteringError[] = []
  for (const choice of choices()) {
    try {
      if (choice instanceof Error) throw choice
      const addon = load(choice.path, choice.opened)
      chosen = choice
      return addon
    } catch (error) {
      refusals.push(error as DeepClusteringError)
    }
  }
  if (refusals.length === 0) return load(builtPath())
  // What is mended most easily is told first.
  const first = refusals.find(({ code }) => code === 'ERR_LIBTORCH_NOT_FOUND' && prebuiltAddonWaits()) ?? refusals[0]!
  const others = refusals.filter(refusal => refusal !== first)
  if (others.length === 0) throw first
  const message = [first.message, ...others.map(({ message }) => `Nor can another one be loaded: ${message}`)].join('\n')
  throw new DeepClusteringError(first.code, message, { cause: first.cause })
}

/**
 * Loads the addon at a path; every way in which it can fail is told apart here.
 * @param opened what must be open before it: a prebuilt one knows no path
 */
export function load(path: string, opened?: Opened): Addon {
  const cure = `Build it with \`${buildCommand()}\``
  if (!existsSync(path)) {
    const none = optionalPackage() ? `, and ${prebuiltName}, which has one ready, is not installed` : ''
    throw new DeepClusteringError('ERR_ADDON_NOT_BUILT', `The native addon is not built (there is no ${path})${none}. ${cure}`)
  }
  const info = readBuildInfo(join(path, '..'))
  if (!info && path === join(productFolder, addonFile)) {
    throw new DeepClusteringError(
      'ERR_ADDON_NOT_BUILT',
      `The last build of the native addon did not end, so what lies in ${productFolder} may be old. ${cure}`
    )
  }
  if (info && info.packageVersion !== packageVersion()) {
    throw new DeepClusteringError(
      'ERR_ADDON_NOT_BUILT',
      `The native addon was built for version ${info.packageVersion} of this package, which is now ${packageVersion()}. ${cure}`
    )
  }
  if (info && !existsSync(join(info.libtorch, 'lib', libtorchLibrary))) {
    throw new DeepClusteringError(
      'ERR_LIBTORCH_NOT_FOUND',
      `The libtorch that the native addon was built with is no longer at ${info.libtorch}. Move it back, or build again with \`${buildCommand()}\` (it finds or fetches another one)`
    )
  }
  // An upgrade in place: C++ promises nothing between versions, and not every difference shows as a missing symbol.
  const now = info ? readVersion(info.libtorch).version : ''
  if (info && now !== '' && now !== info.torchVersion) {
    throw new DeepClusteringError(
      'ERR_ADDON_NOT_BUILT',
      `The native addon was built with torch ${info.torchVersion}, but at ${info.libtorch} is now ${now}. ${cure}`
    )
  }
  try {
    return withShortSpins(() => {
      if (opened) (require(opened.by) as { openLibrary(path: string): void }).openLibrary(opened.library)
      return require(path) as Addon
    })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why =
      code === 'ERR_DLOPEN_DISABLED'
        ? 'this process may load no native addons. Start Node with --allow-addons, or without --no-addons'
        : explain(message, opened ? `Build it from source with \`${buildCommand()}\`` : `Build it again with \`${buildCommand('--force')}\``)
    throw new DeepClusteringError('ERR_ADDON_NOT_BUILT', `The native addon at ${path} cannot be loaded: ${why}`, { cause })
  }
}

/** What the dynamic loader's message means. */
function explain(message: string, again: string): string {
  const library = /(lib\S+): cannot open shared object file/.exec(message)?.[1]
  if (library?.startsWith('libtorch') || library?.startsWith('libc10'))
    return `${library} is missing; the libtorch that it was built with was moved or is not whole. ${again}`
  if (library) return `the library ${library} is missing. Install it, or see \`deep-clustering inspect\``
  if (/GLIBC(XX)?_\S+' not found/.test(message)) return `it was built on a newer system than this one (${message}). ${again}`
  if (/undefined symbol/.test(message)) return `libtorch is another version than it was built with (${message}). ${again}`
  if (/invalid ELF header|wrong ELF class|not a mach-o|incompatible architecture/i.test(message))
    return `it was built for another kind of machine. ${again}`
  return `${message}. ${again}`
}

/** Whether this package would have a prebuilt addon for this platform: a clone names none, and not every platform has one. */
function optionalPackage(): boolean {
  const { optionalDependencies = {} } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    readonly optionalDependencies?: Readonly<Record<string, string>>
  }
  return prebuiltName in optionalDependencies
}

/** Whether the addon could be loaded, without loading it. */
export function addonStatus(): { readonly path: string; readonly built: boolean; readonly info: ReturnType<typeof readBuildInfo> } {
  const path = addonPath()
  return { path, built: existsSync(path), info: readBuildInfo(join(path, '..')) }
}
