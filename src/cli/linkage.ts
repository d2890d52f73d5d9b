/** `linkage`: graph degree linkage of data, without any network. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readLabels, writeNpy } from '../data/index.js'
import type { EstimatorClass } from '../estimator/estimator.js'
import { constructorOptions } from '../estimator/method.js'
import { GraphDegreeLinkage } from '../methods/linkage.js'
import { helpOf } from '../options/describe.js'
import { optionTable } from '../options/table.js'
import { asUsage, dataOption, labelsOption, memoryOption, oneOrAll, outputOptions, pick, readArguments } from './arguments.js'
import type { Command } from './command.js'
import { progressOn } from './progress.js'
import { scores } from './training.js'

const type: EstimatorClass<GraphDegreeLinkage> = GraphDegreeLinkage
const modelOptions = constructorOptions(type.method)
const commandOptions = optionTable({
  ...dataOption,
  ...memoryOption,
  ...labelsOption,
  out: {
    type: 'text',
    placeholder: 'DIR',
    required: true,
    meaning: 'Folder for labels.npy (int32), and the merge tree as tree.json and tree.nwk (Newick)'
  },
  ...outputOptions
})

export const linkage: Command = {
  name: 'linkage',
  summary: 'Clusters and a merge tree by graph degree linkage, without a network',
  help: () =>
    `deep-clustering linkage --data PATH --clusters K --out DIR [--OPTION …]\n\n${GraphDegreeLinkage.method.summary}.\n\n${helpOf(commandOptions, 'Command')}\n\n${helpOf(modelOptions)}\n`,
  async run(args, context) {
    const { values } = readArguments({ ...commandOptions, ...modelOptions }, args)
    const command = pick(commandOptions, values)
    using model = asUsage(() => new type(pick(modelOptions, values)))
    const labels = command.labels === undefined ? undefined : (await readLabels(oneOrAll(command.labels))).labels
    const progress = progressOn(context.stderr, command.quiet ?? false)
    const result = await model.fit(oneOrAll(command.data!), {
      signal: context.signal,
      memory: command.memory,
      labels,
      onProgress: event => progress.show(event)
    })
    progress.close()
    const out = command.out!
    await mkdir(out, { recursive: true })
    await writeNpy(join(out, 'labels.npy'), { data: result.labels, shape: [result.n] })
    await writeFile(join(out, 'tree.json'), JSON.stringify(result.tree))
    await writeFile(join(out, 'tree.nwk'), `${result.tree.toNewick()}\n`)
    const { n, seconds, device, precision, sizes, metrics, phases, tree } = result
    const report = {
      n,
      clusters: sizes.length,
      device,
      precision,
      seconds,
      phases,
      sizes,
      firstClusters: tree.firstClusters,
      ...(metrics && { metrics }),
      out
    }
    if (command.json) context.stdout.write(`${JSON.stringify(report)}\n`)
    else
      context.stderr.write(
        `${metrics ? `${scores(metrics)}\n` : ''}${sizes.length} clusters of ${n.toLocaleString('en')} items in ${seconds.toFixed(1)} s, in ${out}\n`
      )
    return 0
  }
}
