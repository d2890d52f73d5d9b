/**
 * An app that only serves, as in Electron or on a phone's backend: `node onnx-app.mjs digits.onnx items.npy`. It has neither addon nor libtorch: `deep-clustering/onnx` reaches none, and
 * the model is one file beside the app. Needs `npm install deep-clustering onnxruntime-node`.
 */

import { readData } from 'deep-clustering/data'
import { OnnxModel } from 'deep-clustering/onnx'

const [path, items] = process.argv.slice(2)
// Windows ask for items one by one; those that come together are joined.
const model = await OnnxModel.load(path, { batching: true })
console.log(`${model.metadata.method} with ${model.metadata.clusters} clusters`)

const { data, shape } = await readData(items)
const size = data.length / shape[0]

/** What a window's handler answers: `ipcMain.handle('cluster', (_, item) => cluster(item))`. */
async function cluster(item, signal) {
  const { label, probabilities } = await model.infer({ data: item, shape: [1, ...shape.slice(1)] }, ['label', 'probabilities'], { signal })
  return { cluster: label[0], sure: Math.max(...probabilities.data) }
}

const answers = await Promise.all(Array.from({ length: Math.min(100, shape[0]) }, (_, i) => cluster(data.subarray(i * size, (i + 1) * size))))
for (const { cluster, sure } of answers.slice(0, 5)) console.log(`cluster ${cluster}, ${(100 * sure).toFixed(0)} %`)
console.log(`${answers.length} answers`)
model.dispose()
