/** The cache folder that all checkouts and installations of a user share. */

import { homedir } from 'node:os'
import { join } from 'node:path'

/** `$DEEP_CLUSTERING_CACHE`, else `deep-clustering` in the user's cache folder. */
export function cacheFolder(): string {
  const { DEEP_CLUSTERING_CACHE: own, XDG_CACHE_HOME: xdg } = process.env
  if (own) return own
  if (xdg) return join(xdg, 'deep-clustering')
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches', 'deep-clustering') : join(homedir(), '.cache', 'deep-clustering')
}

/** Whether a process of this machine still runs: what a dead one left in the cache is nobody's. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
