/** `export`: a saved model as ONNX. */

import { exportOnnx, loadModel } from '../methods/index.js'
import { helpOf } from '../options/describe.js'
import { runOptions } from '../options/groups.js'
import { optionTable } from '../options/table.js'
import { dataOption, oneOrAll, outputOptions, readArguments } from './arguments.js'
import { type Command, UsageError } from './command.js'

const { json } = outputOptions
const { device } = runOptions
const { required: _, ...data } = dataOption.data

const options = optionTable({
  out: {
    type: 'text',
    placeholder: 'FILE.onnx',
    required: true,
    meaning: 'The model; a decoder goes to FILE.decoder.onnx, a generator to FILE.generator.onnx'
  },
  input: {
    type: 'choice',
    choices: ['uint8', 'float32'],
    meaning: 'Type of the items that the model takes; by default bytes if it scales by 1/255, or if --data are bytes'
  },
  data: { ...data, meaning: 'Items on which the file and the model are compared before anything is written; needs the addon and onnxruntime-node' },
  device,
  json
})

export const exportCommand: Command = {
  name: 'export',
  summary: 'Write a trained model as ONNX, for onnxruntime anywhere',
  help: () =>
    `deep-clustering export DIR --out FILE.onnx [--data PATH]\n\nWrites the model in DIR as ONNX. Without --data it needs neither the addon nor onnxruntime-node, and compares nothing.\n\n${helpOf(options)}\n`,
  async run(args, context) {
    const { values, positionals } = readArguments(options, args, ['DIR'])
    const folder = positionals[0]!
    const out = values.out!
    if (!out.endsWith('.onnx')) throw new UsageError('`--out` must end in .onnx')
    const input = values.input as 'uint8' | 'float32' | undefined
    const report = await (async () => {
      if (values.data === undefined) return exportOnnx(folder, out, { input })
      using model = await loadModel(folder, { device: values.device })
      return await model.exportOnnx(out, { input, data: oneOrAll(values.data) })
    })()
    if (values.json) context.stdout.write(`${JSON.stringify(report)}\n`)
    else {
      for (const { part, path, bytes } of report.files) context.stderr.write(`Wrote the ${part} to ${path} (${(bytes / 2 ** 20).toFixed(1)} MiB)\n`)
      context.stderr.write(report.checked > 0 ? `Model and file agree on ${report.checked} items\n` : 'Nothing was compared: --data PATH does it\n')
    }
    return 0
  }
}
