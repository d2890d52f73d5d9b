/** `train METHOD`: fits a method to data and keeps the model in a folder. One command for each method. */

import { isDeepStrictEqual } from 'node:util'
import { readLabels } from '../data/index.js'
import type { Estimator, EstimatorClass, LoadOptions } from '../estimator/estimator.js'
import { constructorOptions } from '../estimator/method.js'
import type { FitOptions, FitResult } from '../estimator/types.js'
import { estimators, loadModel } from '../methods/index.js'
import { columns, helpOf } from '../options/describe.js'
import { type FlagValues, flagOf } from '../options/flags.js'
import { recordOptions } from '../options/groups.js'
import { suggestion } from '../options/spelling.js'
import { grouped, type OptionTable, optionTable, prefixed } from '../options/table.js'
import { asUsage, dataOption, labelsOption, memoryOption, oneOrAll, outputOptions, pick, readArguments, readItems } from './arguments.js'
import { type Command, UsageError } from './command.js'
import { fetchAtFirstUse } from './first-use.js'
import { canSweep, clusterRange, runSweep, table } from './sweep.js'
import { scores, train as trainModel } from './training.js'

const commandOptions = optionTable({
  ...dataOption,
  ...memoryOption,
  ...labelsOption,
  out: { type: 'text', placeholder: 'DIR', required: true, meaning: 'Folder of the model; written while training too' },
  resume: { type: 'boolean', meaning: 'Continue the model in --out; its options stay' },
  tensorboard: {
    type: 'text',
    placeholder: 'DIR',
    meaning: 'Write event files for TensorBoard while training, and images and the projector at its end'
  },
  ...outputOptions
})

const recordFlags = grouped(
  'Record for the report',
  optionTable({ record: { type: 'boolean', default: true, meaning: 'Keep in --out what a report shows' }, ...prefixed('record', recordOptions) })
)

/** What `fit` is to record, from the flags and from what is known of the data. */
function recordOf(flags: FlagValues<typeof recordFlags>, data: string, classes: readonly string[] | undefined): FitOptions['record'] {
  const { record = true, recordItems: items, recordFrames: frames, recordShare: share } = flags
  return record && { items, frames, share, data, classes }
}

const sweepOptions = optionTable({
  heldOut: {
    type: 'number',
    min: 0,
    max: 1,
    open: 'min',
    default: 0.1,
    unit: 'share of the items',
    meaning: 'With --clusters A..B: items that no model is fitted to, which each is scored on'
  }
})

const withoutRequired = (table: OptionTable): OptionTable =>
  Object.fromEntries(Object.entries(table).map(([name, { required: _, ...row }]) => [name, row])) as OptionTable

function presetHelp({ method }: EstimatorClass): string {
  const presets = Object.entries(method.presets)
  return presets.length === 0 ? '' : `\n\nPresets:\n${columns(presets.map(([name, { adds }]) => [name, adds]))}`
}

function trainCommand(type: EstimatorClass): Command {
  const { method } = type
  const sweeps = canSweep(type)
  const ownOptions = { ...commandOptions, ...recordFlags, ...(sweeps && sweepOptions) }
  const options = constructorOptions(method)
  const resumed = async (out: string, given: Readonly<Record<string, unknown>>): Promise<Estimator<FitResult>> => {
    const { device, precision, threads, tf32, capture, ...settled } = given as LoadOptions
    const model = await loadModel(out, { device, precision, threads, tf32, capture })
    if (!(model instanceof type)) throw new UsageError(`The model in ${out} is not of the method ${method.name}`)
    for (const [name, value] of Object.entries(settled)) {
      const before = model.options[name] ?? options[name]!.default
      if (!isDeepStrictEqual(value, before))
        throw new UsageError(`\`${flagOf(name)}\` was ${String(before)} when the model in ${out} was begun; --resume keeps its options`)
    }
    return model
  }
  return {
    name: `train ${method.name}`,
    summary: method.summary,
    help: () =>
      `deep-clustering train ${method.name} --data PATH${'clusters' in options ? ` --clusters K${sweeps ? '|A..B' : ''}` : ''} --out DIR [--OPTION …]\n\n${method.summary}.\n\n` +
      (sweeps
        ? 'With --clusters A..B, trains a model for each number, keeps it in DIR/clusters-K and prints a table of how well each explains held-out items.\n\n'
        : '') +
      `${helpOf(ownOptions, 'Command')}\n\n${helpOf(options)}${presetHelp(type)}\n`,
    async run(words, context) {
      const range = sweeps ? clusterRange(words) : undefined
      const args = range?.args ?? words
      const resume = args.includes('--resume')
      if (range && args.some(arg => arg.startsWith('--tensorboard')))
        throw new UsageError('`--tensorboard` and `--clusters A..B` exclude each other: `report --tensorboard` writes them afterwards')
      if (range && resume) throw new UsageError('`--resume` and `--clusters A..B` exclude each other')
      const { values } = readArguments({ ...ownOptions, ...(resume ? withoutRequired(options) : options) }, args)
      const command = pick(commandOptions, values)
      const out = command.out!
      const given = pick(options, values)
      const fresh = resume ? undefined : asUsage(() => new type(given))
      if (command.labels !== undefined && !('clusters' in options))
        throw new UsageError(`\`--labels\` is for methods with clusters; ${method.name} has none`)
      await fetchAtFirstUse(command.quiet ?? false, context)
      const read = command.labels === undefined ? undefined : await readLabels(oneOrAll(command.labels), { signal: context.signal })
      const labels = read?.labels
      const data = oneOrAll(command.data!)
      const record = recordOf(pick(recordFlags, values), command.data!.join(', '), read?.names)
      if (range && canSweep(type)) {
        fresh!.dispose()
        const { clusters: _, ...rest } = given
        const report = await runSweep(
          {
            type,
            options: rest,
            clusters: range.clusters,
            data: await readItems(command.data!, command.memory, command.quiet ?? false, context),
            heldOut: pick(sweepOptions, values as FlagValues<typeof sweepOptions>).heldOut,
            labels,
            record,
            out,
            quiet: command.quiet ?? false
          },
          context
        )
        context.stdout.write(command.json ? `${JSON.stringify(report)}\n` : table(report.rows))
        return 0
      }
      const model = fresh ?? (await resumed(out, given))
      try {
        const report = await trainModel(
          { model, data, memory: command.memory, labels, record, out, resume, tensorboard: command.tensorboard, quiet: command.quiet ?? false },
          context
        )
        if (command.json) context.stdout.write(`${JSON.stringify(report)}\n`)
        else
          context.stderr.write(
            `${report.metrics ? `${scores(report.metrics)}\n` : ''}Trained in ${report.seconds.toFixed(1)} s; the model is in ${out}\n`
          )
        return 0
      } finally {
        model.dispose()
      }
    }
  }
}

/** `train dcn`, `train autoencoder`, … */
export const trainCommands: readonly Command[] = estimators.map(trainCommand)

/** `train` without a method: says which there are. */
export const train: Command = {
  name: 'train',
  summary: 'Train a method on data and keep the model in a folder',
  help: () =>
    `deep-clustering train METHOD --data PATH --out DIR [--OPTION …]\n\nMethods:\n${columns(estimators.map(({ method }) => [method.name, method.summary]))}\n\n` +
    'deep-clustering train METHOD --help lists the options of a method.\n',
  async run([method]) {
    const names = estimators.map(type => type.method.name)
    if (method === undefined || method.startsWith('-')) throw new UsageError(`METHOD is missing: train ${names.join('|')} …`)
    throw new UsageError(`Unknown method \`${method}\`${suggestion(method, names)}`)
  }
}
