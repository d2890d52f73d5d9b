/** `sweep FILE`: a run for each combination of some options' values, several at a time, and a table to choose by. */

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { readLabels } from '../data/index.js'
import { constructorOptions, type Method } from '../estimator/method.js'
import type { FitResult } from '../estimator/types.js'
import { estimatorNamed } from '../methods/index.js'
import { helpOf } from '../options/describe.js'
import { optionTable, withoutRequired } from '../options/table.js'
import { asUsage, dataOption, labelsOption, memoryOption, oneOrAll, outputOptions, pick, readArguments, readItems } from './arguments.js'
import { type Command, type CommandContext, UsageError } from './command.js'
import { fetchAtFirstUse } from './first-use.js'
import { RunFile } from './run-file.js'
import { type TrainingReport, train } from './training.js'

const commandOptions = optionTable({
  ...dataOption,
  ...memoryOption,
  ...labelsOption,
  out: { type: 'text', placeholder: 'DIR', required: true, meaning: 'Folder of the models, each in a folder of its own' },
  jobs: { type: 'integer', min: 1, default: 1, unit: 'runs', meaning: 'Runs at a time; they share the cores' },
  ...outputOptions
})

/** One combination of values. */
export type Cell = Readonly<Record<string, unknown>>

/** Every combination, the last option changing first. */
export function cellsOf(grid: Readonly<Record<string, readonly unknown[]>>): readonly Cell[] {
  return Object.entries(grid).reduce<readonly Cell[]>(
    (cells, [name, values]) => cells.flatMap(cell => values.map(value => ({ ...cell, [name]: value }))),
    [{}]
  )
}

const shown = (value: unknown): string => (Array.isArray(value) ? value.join('-') : String(value))

/** `preset=graph,seed=1`: the folder of a combination. */
export const nameOf = (cell: Cell): string =>
  Object.entries(cell)
    .map(([name, value]) => `${name}=${shown(value).replaceAll(/[^\w.+-]/g, '_')}`)
    .join(',')

/** What `sweep --json` prints. */
export interface GridReport {
  readonly method: string
  /** The criterion that ranks runs without labels, where the method has one for these options. */
  readonly runs: readonly (TrainingReport & { readonly values: Cell; readonly criterion: number | null })[]
}

/** How a run ranks without labels. */
function criterionOf(method: Method, options: Readonly<Record<string, unknown>>, history: FitResult['history']): number | null {
  return method.criterion?.(options).of(history) ?? null
}

function tableOf(grid: readonly string[], { runs }: GridReport, criterion: string | undefined): string {
  const scored = runs.some(run => run.metrics)
  const lines = [
    [...grid, 'seconds', ...(criterion ? [criterion] : []), ...(scored ? ['ACC', 'NMI'] : []), 'out'],
    ...runs.map(run => [
      ...grid.map(name => shown(run.values[name])),
      run.seconds.toFixed(1),
      ...(criterion ? [run.criterion?.toFixed(4) ?? ''] : []),
      ...(scored ? [run.metrics!.acc.toFixed(4), run.metrics!.nmi.toFixed(4)] : []),
      run.out
    ])
  ]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => line[column]!.length)))
  return lines
    .map(
      line =>
        `${line
          .map((text, column) => text.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`
    )
    .join('')
}

/** Does some work on each of a list, `jobs` at a time, in the order of the list; the first failure stops what has not begun. */
async function atATime<Item, Result>(jobs: number, items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++
      try {
        results[at] = await work(items[at]!)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker))
  return results
}

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const [path] = readArguments(withoutRequired(commandOptions), args, ['FILE']).positionals
  const file = await RunFile.read(path!)
  if (file.method === undefined) throw new UsageError(`${path} names no method: it needs a line such as \`method: dcn\``)
  const type = asUsage(() => estimatorNamed(file.method!))
  const options = constructorOptions(type.method)
  const { values } = readArguments(
    { ...commandOptions, ...withoutRequired(options) },
    args,
    ['FILE'],
    file.values({ ...commandOptions, ...options }, [], ['grid'])
  )
  const command = pick(commandOptions, values)
  const { jobs = 1, quiet = false } = command
  const fixed = pick(options, values)
  const grid = file.grid(options)
  const cells = cellsOf(grid)
  const threads = fixed.threads ?? Math.max(1, Math.floor(availableParallelism() / Math.min(jobs, cells.length)))
  const make = (cell: Cell) => new type({ threads, ...fixed, ...cell })
  // Every option is right before anything is trained.
  for (const cell of cells) {
    try {
      asUsage(() => make(cell)).dispose()
    } catch (error) {
      throw error instanceof UsageError ? file.located(error) : error
    }
  }
  if (command.labels !== undefined && !('clusters' in options))
    throw new UsageError(`\`labels\` are for methods with clusters; ${file.method} has none`)
  await fetchAtFirstUse(quiet, context)
  const labels = command.labels && (await readLabels(oneOrAll(command.labels), { signal: context.signal })).labels
  const data = await readItems(command.data!, command.memory, quiet, context)
  let done = 0
  const runs = await atATime(jobs, cells, async cell => {
    const model = make(cell)
    try {
      let criterion: number | null = null
      const out = join(command.out!, nameOf(cell))
      const report = await train(
        {
          ...{ model, data, labels, record: { data: command.data!.join(', ') }, out, resume: false, quiet: true },
          onEvent: event => {
            if (event.type === 'end') criterion = criterionOf(type.method, event.result.options, event.result.history)
          }
        },
        context
      )
      if (!quiet) context.stderr.write(`${++done}/${cells.length}  ${nameOf(cell)}  ${report.seconds.toFixed(1)} s\n`)
      return { ...report, values: cell, criterion }
    } finally {
      model.dispose()
    }
  })
  const report: GridReport = { method: file.method, runs }
  const name = runs.some(({ criterion }) => criterion !== null) ? type.method.criterion!(make(cells[0]!).options).name : undefined
  context.stdout.write(command.json ? `${JSON.stringify(report)}\n` : tableOf(Object.keys(grid), report, name))
  return 0
}

export const sweep: Command = {
  name: 'sweep',
  summary: 'Train a method with each combination of some values of its options, and compare the runs',
  help: () =>
    `deep-clustering sweep FILE --out DIR [--jobs N] [--OPTION …]\n\nTrains as \`train --config FILE\` does, once for each combination of the values under \`grid\`:\n\n  method: dcn\n  data: digits.npy\n  clusters: 10\n  grid:\n    preset: [graph, augmented]\n    seed: [0, 1, 2]\n\nEach model goes to a folder of its own in --out (\`report DIR\` compares them); a table tells the time of each, what ranks it without labels, and, with --labels, its scores.\n\n${helpOf(commandOptions, 'Command')}\n`,
  run
}
