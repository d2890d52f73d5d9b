/** Saved models as files: no addon, no libtorch. */

export { formatVersion, loadModelFolder, saveModelFolder, type ModelFolder } from './model-folder.js'
export { readSafetensors, writeSafetensors, type Safetensors } from './safetensors.js'
