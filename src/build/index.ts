/** Finding or fetching libtorch, and building the native addon. */

export { buildAddon } from './build.js'
