/** Packages that only some data need, loaded at the first need. */

import { DeepClusteringError, type ErrorCode } from '../errors.js'

interface Peer {
  readonly package: string
  readonly does: string
  readonly code: ErrorCode
}

const peers = {
  hyparquet: { package: 'hyparquet', does: 'reads Parquet files', code: 'ERR_HYPARQUET_MISSING' },
  arrow: { package: 'apache-arrow', does: 'reads Arrow files', code: 'ERR_ARROW_MISSING' },
  duckdb: { package: '@duckdb/node-api', does: 'answers SQL queries', code: 'ERR_DUCKDB_MISSING' }
} as const satisfies Readonly<Record<string, Peer>>

/**
 * @param load imports it
 * @throws DeepClusteringError with the command that mends it
 */
export async function loadPeer<Module>(name: keyof typeof peers, load: () => Promise<Module>): Promise<Module> {
  const { package: peer, does, code }: Peer = peers[name]
  try {
    return await load()
  } catch (cause) {
    const { code: why, message } = cause as NodeJS.ErrnoException
    const missing = why === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${peer}'`)
    const what = missing ? `${peer}, which ${does}, is not installed` : `${peer} cannot be loaded (${message})`
    throw new DeepClusteringError(code, `${what}. Install it with \`npm install ${peer}\``, { cause })
  }
}
