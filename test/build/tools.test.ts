import assert from 'node:assert/strict'
import { compileJobs } from '../../src/build/tools.js'

describe('compile jobs', () => {
  it('follow the cores as far as memory allows, and are at least one', () => {
    assert.deepEqual(
      [
        [2, 24],
        [16, 64],
        [16, 8],
        [4, 1]
      ].map(([cores, gigabytes]) => compileJobs(cores, gigabytes! * 2 ** 30)),
      [2, 16, 5, 1]
    )
  })
})
