/** Fetched libtorches in the cache, and who works on them. */

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { alive, cacheFolder } from '../cache-folder.js'

/** Where fetched libtorches lie: one folder each, holding `torch/` and `nvidia/`. */
export const libtorchCache = (): string => join(cacheFolder(), 'libtorch')

/**
 * Runs `work` while no other process holds the lock file; a lock whose process is dead is taken over.
 * @param waiting told once, if another one holds it, who and where: a process that got the number of a dead one would hold it for ever
 * @param signal ends the waiting, not the work
 */
export async function withLock<T>(path: string, waiting: (holder: string) => void, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  let told = false
  while (!take(path)) {
    if (!told) waiting(`process ${readOrEmpty(path) || 'unknown'} holds ${path}`)
    told = true
    await sleep(500, undefined, signal && { signal }).catch(() => signal?.throwIfAborted())
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
  if (holder > 0 ? !alive(holder) : abandoned(path)) rmSync(path, { force: true })
  return false
}

/** A lock that names nobody, made long enough ago: its process died, or the disk was full, before the number was written. */
function abandoned(path: string): boolean {
  const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  return made !== undefined && Date.now() - made > 10_000
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // released in the meantime
  }
}
