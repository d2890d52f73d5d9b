/** `train METHOD`: fits a method to data and keeps the model in a folder. One command for each method. */

import { isDeepStrictEqual } from 'node:util'
import { readLabels } from '../data/index.js'
import type { Estimator, EstimatorClass, LoadOptions } from '../estimator/estimator.js'
import { constructorOptions } from '../estimator/method.js'
import type { FitOptions, FitResult } from '../estimator/types.js'
import { estimatorNamed, estimators, loadModel } from '../methods/index.js'
import { columns, helpOf } from '../options/describe.js'
import { type FlagValues, flagOf } from '../options/flags.js'
import { recordOptions } from '../options/groups.js'
import { grouped, optionTable, prefixed, withoutRequired } from '../options/table.js'
import { asUsage, dataOption, labelsOption, memoryOption, oneOrAll, outputOptions, pick, readArguments, readItems } from './arguments.js'
import { type Command, UsageError } from './command.js'
import { eventStream } from './event-stream.js'
import { fetchAtFirstUse } from './first-use.js'
import { RunFile } from './run-file.js'
import { canSweep, clusterRange, runSweep, table } from './sweep.js'
import { scores, train as trainModel } from './training.js'

const commandOptions = optionTable({
  ...dataOption,
  ...memoryOption,
  ...labelsOption,
  out: { type: 'text', placeholder: 'DIR', required: true, meaning: 'Folder of the model; written while training too' },
  resume: { type: 'boolean', meaning: 'Continue the model in --out; its options stay' },
  config: {
    type: 'text',
    placeholder: 'FILE',
    meaning:
      "Take these options from a JSON or YAML file, by their names in code (learningRate); flags beside it win. A model's config.json is such a file"
  },
  log: { type: 'text', placeholder: 'FILE.jsonl', meaning: 'Add the events of the run to a file, one JSON object a line' },
  watch: { type: 'boolean', meaning: 'Serve the report of the run on the loopback while it goes on: the page follows it' },
  like: { type: 'text', placeholder: 'DIR', meaning: 'Take the options that the model in DIR was made with; flags beside it win' },
  tensorboard: {
    type: 'text',
    placeholder: 'DIR',
    meaning: 'Write event files for TensorBoard while training, and images and the projector at its end'
  },
  ...outputOptions,
  json: {
    type: 'choice',
    choices: ['report', 'events'],
    bare: 'report',
    meaning: 'End stdout with one JSON object on one line; =events writes one for each event of the run before it'
  }
})

/** Options of `train` that are no method's own and may stand in a file. */
export const runFileOptions = (({ config: _, like: __, resume: ___, ...others }) => others)(commandOptions)

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

function presetHelp({ method }: EstimatorClass): string {
  const presets = Object.entries(method.presets)
  return presets.length === 0 ? '' : `\n\nPresets:\n${columns(presets.map(([name, { adds }]) => [name, adds]))}`
}

/** What `--config FILE` or `--like DIR` names; `undefined` without them. */
async function runFileOf(args: readonly string[]): Promise<RunFile | undefined> {
  const named = (flag: string): string | undefined => {
    const at = args.findIndex(arg => arg === flag || arg.startsWith(`${flag}=`))
    return at < 0 ? undefined : args[at] === flag ? args[at + 1] : args[at]!.slice(flag.length + 1)
  }
  const [config, like] = [named('--config'), named('--like')]
  if (config !== undefined && like !== undefined) throw new UsageError('`--config` and `--like` exclude each other')
  return config !== undefined ? RunFile.read(config) : like !== undefined ? RunFile.like(like) : undefined
}

/** What `make` gives; wrong usage is told with its place in the file. */
function located<T>(file: RunFile | undefined, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw file && error instanceof UsageError ? file.located(error) : error
  }
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
      const file = await runFileOf(words)
      if (file?.method !== undefined && file.method !== method.name)
        throw new UsageError(`The file is for \`train ${file.method}\`, not for \`train ${method.name}\``)
      const fromFile = file?.values({ ...ownOptions, ...options }, sweeps ? ['clusters'] : []) ?? {}
      const range = sweeps ? clusterRange(typeof fromFile.clusters === 'string' ? ['--clusters', fromFile.clusters, ...words] : words) : undefined
      const args = range?.args ?? words
      const resume = args.includes('--resume')
      if (range && args.some(arg => arg.startsWith('--tensorboard')))
        throw new UsageError('`--tensorboard` and `--clusters A..B` exclude each other: `report --tensorboard` writes them afterwards')
      if (range && args.some(arg => arg.startsWith('--log') || arg === '--json=events'))
        throw new UsageError('`--log` and `--json=events` are of one run, `--clusters A..B` makes several')
      if (range && resume) throw new UsageError('`--resume` and `--clusters A..B` exclude each other')
      const { values } = readArguments({ ...ownOptions, ...(resume ? withoutRequired(options) : options) }, args, [], fromFile)
      const command = pick(commandOptions, values)
      const out = command.out!
      const given = pick(options, values)
      const fresh = resume ? undefined : located(file, () => asUsage(() => new type(given)))
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
      const eventsAsJson = command.json === 'events'
      try {
        using events = eventStream(eventsAsJson ? context.stdout : undefined, command.log)
        const { memory, tensorboard, quiet = false, watch } = command
        const report = await trainModel(
          { model, data, memory, labels, record, out, resume, tensorboard, quiet, watch, onEvent: event => events.take(event) },
          context
        )
        if (command.json) context.stdout.write(`${JSON.stringify(eventsAsJson ? { type: 'report', ...report } : report)}\n`)
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
    'deep-clustering train --config FILE takes the method and its options from a file; deep-clustering schema tells what may stand in it.\ndeep-clustering train METHOD --help lists the options of a method.\n',
  async run(args, context) {
    const [method] = args
    const names = estimators.map(type => type.method.name)
    const named = (await runFileOf(args))?.method
    if (named !== undefined && method!.startsWith('-')) {
      return trainCommand(asUsage(() => estimatorNamed(named))).run(args, context)
    }
    if (method === undefined || method.startsWith('-')) throw new UsageError(`METHOD is missing: train ${names.join('|')} …`)
    asUsage(() => estimatorNamed(method))
    throw new UsageError(`METHOD comes first: train ${method} …`)
  }
}
