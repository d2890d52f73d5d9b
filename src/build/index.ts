/** Building the native addon from a program: what `deep-clustering build` does. */

export type { BuildInfo } from '../native/build-info.js'
export { type BuildOptions, type Built, build } from './build.js'
export { findLibtorch, type LibtorchCandidate, type LibtorchVerdict } from './libtorch/discover.js'
