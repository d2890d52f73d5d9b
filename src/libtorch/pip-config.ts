/** Which package index is asked and how, as pip's variables and configuration files say it; no Python is needed to read them. */

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** What of pip's configuration a fetch follows. */
export interface IndexSettings {
  /** Address of the index; `undefined` if nothing names one. */
  readonly index: string | undefined
  /** Those that are asked beside it. */
  readonly furtherIndexes: readonly string[]
  /** Whether no index shall be asked at all. */
  readonly noIndex: boolean
  readonly proxy: string | undefined
  /** A file of certificates to trust. */
  readonly certificates: string | undefined
}

/** The configuration files that pip reads, what stands in a later one counts more. */
function configurationFiles(env: NodeJS.ProcessEnv): string[] {
  const { PIP_CONFIG_FILE: own, XDG_CONFIG_DIRS, XDG_CONFIG_HOME, VIRTUAL_ENV } = env
  if (own === '/dev/null') return []
  const home = env['HOME'] ?? homedir()
  const mac = process.platform === 'darwin'
  return [
    ...(mac ? ['/Library/Application Support/pip'] : (XDG_CONFIG_DIRS || '/etc/xdg').split(delimiter).map(folder => join(folder, 'pip'))),
    ...(mac ? [] : ['/etc']),
    join(home, '.pip'),
    join(XDG_CONFIG_HOME || join(home, '.config'), 'pip'),
    ...(mac ? [join(home, 'Library', 'Application Support', 'pip')] : []),
    ...(VIRTUAL_ENV ? [VIRTUAL_ENV] : [])
  ]
    .map(folder => join(folder, 'pip.conf'))
    .concat(own ? [own] : [])
}

/** The values of pip's files by section and name; a line that is indented goes on with the value before it. */
function readConfiguration(text: string, into: Map<string, string>): void {
  let section = ''
  let name = ''
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue
    const header = /^\[([^\]]+)\]/.exec(line)
    const pair = /^([^\s:=][^:=]*?)\s*[:=]\s*(.*)$/.exec(line)
    if (header) {
      section = header[1]!
      name = ''
    } else if (pair) {
      name = `${section}.${pair[1]!.toLowerCase().replaceAll('_', '-')}`
      into.set(name, pair[2]!.trim())
    } else if (name !== '') into.set(name, `${into.get(name)} ${line.trim()}`)
  }
}

/** What pip would take for `pip download` here: its variables before its files, and in those `[download]` before `[global]`. */
export function indexSettings(env: NodeJS.ProcessEnv = process.env): IndexSettings {
  const values = new Map<string, string>()
  for (const path of configurationFiles(env)) {
    try {
      readConfiguration(readFileSync(path, 'utf8'), values)
    } catch {
      // not there, or closed to this user: pip overlooks it too
    }
  }
  const value = (name: string): string | undefined =>
    env[`PIP_${name.toUpperCase().replaceAll('-', '_')}`] || values.get(`download.${name}`) || values.get(`global.${name}`) || undefined
  return {
    index: value('index-url'),
    furtherIndexes: value('extra-index-url')?.split(/\s+/).filter(Boolean) ?? [],
    noIndex: /^(1|true|yes|on)$/i.test(value('no-index') ?? ''),
    proxy: value('proxy'),
    certificates: value('cert')
  }
}
