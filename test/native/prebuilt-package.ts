/** A package of prebuilt addons, made in a moment of the addon that was built: it then no longer knows where its libtorch is. */

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { addonFile, type BuildInfo, packageRoot, packageVersion, readBuildInfo } from '../../src/native/build-info.js'
import { addonPath } from '../../src/native/loader.js'
import { folderFor, openLibraryFile, prebuiltName } from '../../src/native/prebuilt.js'

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
  mkdirSync(own, { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: prebuiltName, version: packageVersion(), os: [process.platform], cpu: [process.arch] })
  )
  writeFileSync(join(own, addonFile), addon)
  copyFileSync(opener, join(folder, openLibraryFile))
}
