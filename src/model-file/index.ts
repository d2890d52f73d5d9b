/** Saved models as files: no addon, no libtorch. */

export { formatVersion, loadModelFolder, saveModelFolder, type ModelFolder } from './model-folder.js'
export { readRecording, removeRecording, saveRecording, type Frame, type RecordedNames, type Recording } from './recording.js'
export { readSafetensors, writeSafetensors, type Safetensors } from './safetensors.js'
