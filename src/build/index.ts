/** Building the native addon from a program: what `deep-clustering build` does. */

export { findLibtorch, type LibtorchCandidate, type LibtorchVerdict } from '../libtorch/discover.js'
export { type Setup, type SetupOptions, setup } from '../libtorch/setup.js'
export type { BuildInfo } from '../native/build-info.js'
export { type BuildOptions, type Built, build } from './build.js'
