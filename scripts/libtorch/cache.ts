/** The cache folder that all checkouts and installations of a user share. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** `$DEEP_CLUSTERING_CACHE`, else `deep-clustering` in the user's cache folder. */
export function cacheFolder(): string {
  const { DEEP_CLUSTERING_CACHE: own, XDG_CACHE_HOME: xdg } = process.env
  if (own) return own
  if (xdg) return join(xdg, 'deep-clustering')
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches', 'deep-clustering') : join(homedir(), '.cache', 'deep-clustering')
}

/** Where fetched libtorches lie: one folder each, holding `torch/` and `nvidia/`. */
export const libtorchCache = (): string => join(cacheFolder(), 'libtorch')

/** Runs `work` while no other process holds the lock file; a lock whose process is dead is taken over. */
export async function withLock<T>(path: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  let told = false
  while (!take(path)) {
    if (!told) waiting()
    told = true
    await sleep(500)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const holder = Number(readOrEmpty(path))
  if (holder > 0 && !alive(holder)) rmSync(path, { force: true })
  return false
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // released in the meantime
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
