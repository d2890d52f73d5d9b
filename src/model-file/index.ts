/** Saved models as files: no addon, no libtorch. */

export { formatVersion, loadModelFolder, type ModelFolder, saveModelFolder } from './model-folder.js'
export { type Frame, type RecordedNames, type Recording, readRecording, removeRecording, saveRecording } from './recording.js'
export { readSafetensors, type Safetensors, writeSafetensors } from './safetensors.js'
