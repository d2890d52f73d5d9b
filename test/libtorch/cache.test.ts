import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '../../src/cache-folder.js'
import { withLock } from '../../src/libtorch/cache.js'

describe('cache', () => {
  it('is where the environment says', () => {
    const saved = process.env
    try {
      process.env = { DEEP_CLUSTERING_CACHE: '/own', XDG_CACHE_HOME: '/xdg' }
      assert.equal(cacheFolder(), '/own')
      process.env = { XDG_CACHE_HOME: '/xdg' }
      assert.equal(cacheFolder(), '/xdg/deep-clustering')
    } finally {
      process.env = saved
    }
  })
})

describe('withLock', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'dc-lock-')), 'x.lock')
  after(() => rmSync(join(path, '..'), { recursive: true }))
  const nothing = (): void => undefined

  it('lets one in after the other, also after an error', async () => {
    const order: string[] = []
    let waited = 0
    const first = withLock(path, nothing, async () => {
      order.push('a')
      await new Promise(done => setTimeout(done, 50))
      order.push('b')
      throw new Error('stopped')
    })
    const second = withLock(
      path,
      () => ++waited,
      async () => void order.push('c')
    )
    await assert.rejects(first, /stopped/)
    await second
    assert.deepEqual([order, waited, existsSync(path)], [['a', 'b', 'c'], 1, false])
  })

  it('waits no longer than its signal allows', async () => {
    writeFileSync(path, String(process.pid))
    const stop = new AbortController()
    const waiting = withLock(path, nothing, async () => 'in', stop.signal)
    stop.abort('enough')
    await assert.rejects(waiting, error => error === 'enough')
    rmSync(path)
  })

  it('takes over the lock of a dead process', async () => {
    writeFileSync(path, '999999999')
    assert.equal(await withLock(path, nothing, async () => 'in'), 'in')
  })

  it('tells who holds a lock, and takes over one that names nobody', async () => {
    writeFileSync(path, String(process.pid))
    let holder = ''
    const entered = withLock(
      path,
      told => (holder = told),
      async () => 'in'
    )
    assert.equal(holder, `process ${process.pid} holds ${path}`)
    writeFileSync(path, '')
    utimesSync(path, 0, 0)
    assert.equal(await entered, 'in')
  })
})
