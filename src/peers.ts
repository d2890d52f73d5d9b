/** Packages that only some need, loaded at the first need. */

import { DeepClusteringError, type ErrorCode } from './errors.js'

interface Peer {
  /** Installed together. */
  readonly packages: readonly string[]
  readonly does: string
  readonly code: ErrorCode
}

const peers = {
  hyparquet: { packages: ['hyparquet'], does: 'reads Parquet files', code: 'ERR_HYPARQUET_MISSING' },
  arrow: { packages: ['apache-arrow'], does: 'reads Arrow files', code: 'ERR_ARROW_MISSING' },
  duckdb: { packages: ['@duckdb/node-api'], does: 'answers SQL queries', code: 'ERR_DUCKDB_MISSING' },
  charts: { packages: ['@observablehq/plot', 'linkedom', 'umap-js'], does: 'draws charts', code: 'ERR_CHARTS_MISSING' },
  serve: { packages: ['fastify', 'prom-client'], does: 'serves models over HTTP', code: 'ERR_FASTIFY_MISSING' },
  cmakeJs: { packages: ['cmake-js', 'node-addon-api'], does: 'runs a build from source', code: 'ERR_BUILD_FAILED' }
} as const satisfies Readonly<Record<string, Peer>>

/**
 * @param load imports it
 * @throws DeepClusteringError with the command that mends it
 */
export async function loadPeer<Module>(name: keyof typeof peers, load: () => Promise<Module> | Module): Promise<Module> {
  const { packages, does, code }: Peer = peers[name]
  try {
    return await load()
  } catch (cause) {
    const { code: why, message } = cause as NodeJS.ErrnoException
    const notFound = why === 'ERR_MODULE_NOT_FOUND' || why === 'MODULE_NOT_FOUND'
    const missing = notFound ? packages.find(peer => message.includes(`'${peer}'`) || message.includes(`'${peer}/`)) : undefined
    const what = missing ? `${missing}, which ${does}, is not installed` : `${packages.join(', ')} cannot be loaded (${message})`
    throw new DeepClusteringError(code, `${what}. Install it with \`npm install ${packages.join(' ')}\``, { cause })
  }
}
