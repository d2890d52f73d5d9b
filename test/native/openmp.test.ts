import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { withShortSpins } from '../../src/native/openmp.js'

describe('withShortSpins', () => {
  const names = ['GOMP_SPINCOUNT', 'OMP_WAIT_POLICY'] as const
  const before = names.map(name => process.env[name])
  beforeEach(() => names.forEach(name => delete process.env[name]))
  after(() => names.forEach((name, i) => (before[i] === undefined ? delete process.env[name] : (process.env[name] = before[i]))))

  /** What a library that is loaded now reads from the process's environment. */
  const seen = (): string => withShortSpins(() => execFileSync('sh', ['-c', 'echo "$GOMP_SPINCOUNT"'], { encoding: 'utf8' }).trim())

  it('sets how long threads spin while it loads, and leaves nothing behind', () => {
    assert.equal(seen(), '5000')
    assert.equal(process.env['GOMP_SPINCOUNT'], undefined)
    assert.throws(() => withShortSpins(() => assert.fail()))
    assert.equal(process.env['GOMP_SPINCOUNT'], undefined)
  })

  it('leaves the user’s own choice', () => {
    process.env['GOMP_SPINCOUNT'] = '7'
    assert.equal(seen(), '7')
    assert.equal(process.env['GOMP_SPINCOUNT'], '7')
    delete process.env['GOMP_SPINCOUNT']
    process.env['OMP_WAIT_POLICY'] = 'active'
    assert.equal(seen(), '')
  })
})
