/** `npm run test:sanitize`: the native tests of the core under the address and undefined-behaviour sanitizers. */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { build } from '../src/build/build.js'

const { folder } = await build({ sanitize: true })
const { status } = spawnSync(join(folder, 'native_tests'), process.argv.slice(2), {
  stdio: 'inherit',
  env: {
    ...process.env,
    // libtorch keeps its registries to the end on purpose, and is not built with the sanitizers' container annotations.
    ASAN_OPTIONS: 'detect_leaks=0:detect_container_overflow=0',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1'
  }
})
process.exitCode = status ?? 1
