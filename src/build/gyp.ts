/** What binding.gyp runs: the build, failing softly where a package manager started it unasked. */

import { build } from './build.js'

try {
  await build()
} catch (error) {
  console.error(`deep-clustering: ${(error as Error).message}`)
  // An old package manager that ignores "gypfile": false builds on install; the package is of use without the addon.
  if (process.env['npm_lifecycle_event'] === 'install')
    console.error('deep-clustering: installed without its native addon; build it with `npx deep-clustering build`')
  else process.exitCode = 1
}
