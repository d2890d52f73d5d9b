import assert from 'node:assert/strict'
import { buildFailure } from '../../src/build/build-failure.js'

describe('build failure', () => {
  it('is told from the first error on, with what belongs to it', () => {
    const lines = [
      '[1/9] Building CXX object error.cpp.o',
      'FAILED: fit.cpp.o',
      "fit.cpp:3:5: error: 'x' was not declared in this scope",
      '    3 |     x = 1;',
      '',
      'ninja: build stopped: subcommand failed.'
    ]
    assert.deepEqual(buildFailure(lines), { telling: [lines[2], lines[3], lines[5]], cause: 'The compiler or the linker failed' })
  })

  it('of the linker and of CMake are errors too', () => {
    assert.match(
      buildFailure(['a', '/usr/bin/ld: fit.o: undefined reference to `f()`', 'collect2: error: ld returned 1 exit status']).telling[0]!,
      /undefined reference/
    )
    const configured = buildFailure(['-- Detecting', 'CMake Error at CMakeLists.txt:11 (message):', '  libtorch is not whole'])
    assert.deepEqual(configured, {
      telling: ['CMake Error at CMakeLists.txt:11 (message):', '  libtorch is not whole'],
      cause: 'CMake could not configure the build'
    })
  })

  it('names the cure where memory or the disk did not suffice', () => {
    assert.match(buildFailure(['c++: fatal error: Killed signal terminated program cc1plus']).cause, /out of memory .*DEEP_CLUSTERING_JOBS=1/)
    assert.equal(buildFailure(['fatal error: error writing to fit.s: No space left on device']).cause, 'The disk is full')
  })

  it('that nothing marks as an error is told by the end of the output', () => {
    const lines = Array.from({ length: 50 }, (_, i) => `line ${i}`)
    assert.deepEqual(buildFailure(lines).telling, lines.slice(-20))
  })
})
