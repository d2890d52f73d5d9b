import assert from 'node:assert/strict'
import { mochaCount, nativeCount } from '../../scripts/test-counts.js'

const none = { passed: 0, failed: 0, skipped: 0 }

describe('counts of tests', () => {
  it('are read from the last line of the native tests', () => {
    assert.deepEqual(nativeCount('1 passed, 9 failed, 0 skipped\nok a\n47 passed, 2 failed, 1 skipped\n'), { passed: 47, failed: 2, skipped: 1 })
    assert.deepEqual(nativeCount('47 passed, 0 failed, 0 skipped\nSegmentation fault\n'), none)
  })

  it('are read from the end of what mocha says, coloured too', () => {
    assert.deepEqual(mochaCount('  a\n    ✔ b\n\n  405 passing (54s)\n  2 pending\n  1 failing\n\n  1) a\n'), { passed: 405, failed: 1, skipped: 2 })
    assert.deepEqual(mochaCount('\x1b[92m \x1b[0m\x1b[32m 11 passing\x1b[0m\x1b[90m (16ms)\x1b[0m\n'), { passed: 11, failed: 0, skipped: 0 })
  })

  it('are not what a test printed', () => {
    assert.deepEqual(mochaCount('  3 passing\n  2 failing\n\n  4 passing (1s)\n'), { passed: 4, failed: 0, skipped: 0 })
    assert.deepEqual(mochaCount('    ✔ 5 passing by\n'), none)
  })
})
