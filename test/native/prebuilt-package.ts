/** A package of prebuilt addons, made in a moment of the addon that was built: it then no longer knows where its libtorch is. */

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { addonFile, type BuildInfo, cudaPluginFile, packageRoot, packageVersion, readBuildInfo } from '../../src/native/build-info.js'
import { addonPath } from '../../src/native/loader.js'
import { folderFor, openLibraryFile, prebuiltCudaNameFor, prebuiltNameFor } from '../../src/native/prebuilt.js'

/** What the addon was built with. */
export const built = (): BuildInfo => readBuildInfo(join(addonPath(), '..'))!

/** The addon without the folder of its libtorch. */
export function portableAddon(): Buffer {
  const addon = readFileSync(addonPath())
  const place = addon.indexOf(`$ORIGIN:${built().libtorch}`)
  if (place < 0) throw new Error(`${addonPath()} names no folder of a libtorch`)
  // Of the folders in which its libraries are looked for only the first is left.
  addon[place + '$ORIGIN'.length] = 0
  return addon
}

/** Compiles the addon that opens libraries. */
export function compileOpener(folder: string): string {
  const headers = join(dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')), 'include')
  const source = join(packageRoot, 'native', 'addon', 'open_library.cpp')
  const path = join(folder, openLibraryFile)
  const { status, stderr } = spawnSync('c++', ['-std=c++20', '-shared', '-fPIC', '-DNAPI_VERSION=9', `-I${headers}`, source, '-o', path, '-ldl'])
  if (status !== 0) throw new Error(String(stderr))
  return path
}

/** Writes the package into a folder. */
export function writePrebuilt(folder: string, addon: Buffer, opener: string): void {
  const own = join(folder, folderFor(built().torchVersion))
  writePrebuiltFor(`${process.platform}-${process.arch}`, folder)
  mkdirSync(own, { recursive: true })
  writeFileSync(join(own, addonFile), addon)
  copyFileSync(opener, join(folder, openLibraryFile))
}

/** Writes the package of a platform without its addons. */
export function writePrebuiltFor(platform: string, folder: string, name = prebuiltNameFor(platform)): void {
  const [os, cpu] = platform.split('-')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: packageVersion(), os: [os], cpu: [cpu] }))
}

/** Writes the package of CUDA plugins for this platform. */
export function writePrebuiltPlugin(folder: string, plugin: string): void {
  const platform = `${process.platform}-${process.arch}`
  writePrebuiltFor(platform, folder, prebuiltCudaNameFor(platform))
  const own = join(folder, folderFor(built().torchVersion))
  mkdirSync(own)
  writeFileSync(join(own, cudaPluginFile), plugin)
}
