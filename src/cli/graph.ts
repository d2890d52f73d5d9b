/** `graph`: the neighbour graph of data, without any network. */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeNpy } from '../data/index.js'
import { constructorOptions } from '../estimator/method.js'
import { KnnGraph, type KnnGraphOptions } from '../methods/knn-graph.js'
import { helpOf } from '../options/describe.js'
import { optionTable } from '../options/table.js'
import { asUsage, dataOption, memoryOption, oneOrAll, outputOptions, pick, readArguments } from './arguments.js'
import type { Command } from './command.js'
import { progressOn } from './progress.js'

const modelOptions = constructorOptions(KnnGraph.method)
const commandOptions = optionTable({
  ...dataOption,
  ...memoryOption,
  out: { type: 'text', placeholder: 'DIR', required: true, meaning: 'Folder for neighbours.npy (int32) and distances.npy (float32), both [n, k]' },
  ...outputOptions
})

export const graph: Command = {
  name: 'graph',
  summary: 'The nearest neighbours of every item, without a network',
  help: () =>
    `deep-clustering graph --data PATH --out DIR [--neighbours K] [--OPTION …]\n\n${KnnGraph.method.summary}.\n\n${helpOf(commandOptions, 'Command')}\n\n${helpOf(modelOptions)}\n`,
  async run(args, context) {
    const { values } = readArguments({ ...commandOptions, ...modelOptions }, args)
    const command = pick(commandOptions, values)
    using model = asUsage(() => new KnnGraph(pick(modelOptions, values) as KnnGraphOptions))
    const progress = progressOn(context.stderr, command.quiet ?? false)
    const result = await model.fit(oneOrAll(command.data!), {
      signal: context.signal,
      memory: command.memory,
      onProgress: event => progress.show(event)
    })
    progress.close()
    const out = command.out!
    await mkdir(out, { recursive: true })
    await writeNpy(join(out, 'neighbours.npy'), result.neighbours)
    await writeNpy(join(out, 'distances.npy'), result.distances)
    const { n, seconds, device, precision, search, recall } = result
    const neighbours = result.neighbours.shape[1]!
    if (command.json) context.stdout.write(`${JSON.stringify({ n, neighbours, search, recall, device, precision, seconds, out })}\n`)
    else
      context.stderr.write(
        `${neighbours} neighbours of ${n.toLocaleString('en')} items (${search}, recall ${recall.toFixed(3)}) in ${seconds.toFixed(1)} s, in ${out}\n`
      )
    return 0
  }
}
