/** `serve MODEL…`: models over HTTP. */

import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { systemError } from '../file-errors.js'
import { exportOnnx } from '../methods/index.js'
import { OnnxModel } from '../onnx/index.js'
import { helpOf } from '../options/describe.js'
import { optionTable } from '../options/table.js'
import { asUsageAsync, readArguments } from './arguments.js'
import { type Command, type CommandContext, UsageError } from './command.js'
import { isOnnxPath } from './open-model.js'

const options = optionTable({
  host: { type: 'text', placeholder: 'ADDRESS', default: '127.0.0.1', meaning: "Address to listen on; any other than the loopback's needs a token" },
  port: { type: 'integer', min: 0, max: 65535, default: 8000, meaning: 'Port; 0 takes a free one' },
  tokenFile: {
    type: 'text',
    placeholder: 'FILE',
    meaning: 'File with what requests must carry as Authorization: Bearer TOKEN; without it the variable DEEP_CLUSTERING_TOKEN'
  },
  maxBody: { type: 'bytes', default: 16 * 2 ** 20, meaning: "Most bytes of a request's body" },
  requestTimeout: { type: 'number', min: 0, open: 'min', default: 30, unit: 'seconds', meaning: 'In which a request must have come whole' },
  maxDelay: {
    type: 'number',
    min: 0,
    default: 1,
    unit: 'milliseconds',
    meaning: 'How long a request may wait for others to share a batch, while nothing runs'
  },
  maxBatch: { type: 'integer', min: 1, default: 256, unit: 'items', meaning: 'Most items of a batch' },
  maxQueue: { type: 'integer', min: 1, default: 25_600, unit: 'items', meaning: 'Most items that wait for a model; requests beyond get 503' },
  threads: { type: 'integer', min: 0, max: 1024, default: 0, unit: 'threads', meaning: 'CPU threads of a model; 0 leaves it to onnxruntime' }
})

/** The model of a path: an .onnx file, or a saved folder, which is written as one first. */
async function load(path: string, threads: number, batching: { maxDelay: number; maxBatch: number; maxQueue: number }): Promise<OnnxModel> {
  const settings = { batching, ...(threads > 0 && { threads }) }
  if (isOnnxPath(path)) return OnnxModel.load(path, settings)
  const folder = await mkdtemp(join(tmpdir(), 'deep-clustering-serve-'))
  try {
    const file = join(folder, 'model.onnx')
    await exportOnnx(path, file)
    return await OnnxModel.load(file, settings)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readToken(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw systemError(path, error)
  })
  return text.trim()
}

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = readArguments(options, args, ['MODEL', '…'])
  const { maxDelay = 1, maxBatch = 256, maxQueue = 25_600, threads = 0, tokenFile } = values
  const names = positionals.map(path => basename(resolve(path)).replace(/\.onnx$/i, ''))
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new UsageError(`Two models are called ${twice}: they need different names of their files`)
  const token = tokenFile === undefined ? process.env['DEEP_CLUSTERING_TOKEN'] : await readToken(tokenFile)
  const { serve: start } = await import('../serve/index.js')
  const models: Record<string, OnnxModel> = {}
  try {
    for (const [i, path] of positionals.entries()) models[names[i]!] = await load(path, threads, { maxDelay, maxBatch, maxQueue })
    const { host, port, maxBody, requestTimeout } = values
    const server = await asUsageAsync(() => start(models, { host, port, token, maxBody, requestTimeout }))
    context.stderr.write(`Serving ${names.join(', ')} at ${server.url} until Ctrl-C or SIGTERM\n`)
    if (!context.signal.aborted) await once(context.signal, 'abort')
    await server.close()
    return 0
  } finally {
    for (const model of Object.values(models)) model.dispose()
  }
}

export const serve: Command = {
  name: 'serve',
  summary: 'Serve trained models over HTTP (KServe v2)',
  help: () =>
    `deep-clustering serve MODEL.onnx|DIR [MODEL …] [--port N]\n\nServes exported models, or saved ones, over HTTP by KServe's open inference protocol v2, each under the name of its file. Needs \`npm install fastify prom-client onnxruntime-node\`, and neither the addon nor libtorch.\n\n${helpOf(options)}\n`,
  run
}
