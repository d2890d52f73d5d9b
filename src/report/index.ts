/** Reports and pictures of runs, from their folders alone: no addon, no libtorch, no data set. */

import { expected } from '../errors.js'
import { checkNames, checkOptions, completeOptions } from '../options/check.js'
import type { Given } from '../options/table.js'
import { drawing } from './drawing.js'
import { plotOptions } from './options.js'
import { readRun, runFolders } from './run.js'

export { TensorBoardLog, writeTensorBoard } from './tensorboard.js'
export { type ReportWatch, type WatchOptions, watchReport } from './watch.js'

/** Options of {@link renderReport}. */
export interface ReportOptions {
  /** Heading of the page; by default the method and the folder's name. */
  readonly title?: string | undefined
  /** UMAP maps of the latent space, at most; each takes some two seconds. 2 by default, 0 for none. */
  readonly maps?: number | undefined
}

/**
 * The report of a run as one self-contained page of HTML, or, of several, a page that compares them. A folder that holds runs in
 * folders of its own, as a sweep leaves them, stands for these.
 * @throws TypeError or RangeError for bad options; DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT if a folder does not hold a run;
 *   ERR_CHARTS_MISSING
 *
 * @example
 * await writeFile('report.html', await renderReport('digits/'))
 */
export async function renderReport(folders: string | readonly string[], options: ReportOptions = {}): Promise<string> {
  checkNames(options, ['title', 'maps'])
  const { title, maps = 2 } = options
  const given = typeof folders === 'string' ? [folders] : folders
  if (!Array.isArray(given) || given.length === 0 || !given.every(folder => typeof folder === 'string'))
    throw new TypeError(expected('the path of a folder, or several', 'folders', folders))
  if (title !== undefined && typeof title !== 'string') throw new TypeError(expected('a string', 'title', title))
  if (typeof maps !== 'number') throw new TypeError(expected('an integer from 0', 'maps', maps))
  if (!Number.isSafeInteger(maps) || maps < 0) throw new RangeError(expected('an integer from 0', 'maps', maps))
  const { comparisonPage, runPage } = await drawing()
  const runs = await Promise.all((await runFolders(given)).map(readRun))
  return runs.length > 1 ? comparisonPage(runs, title) : runPage(runs[0]!, title, maps)
}

/** Options of {@link renderPlot}. */
export type PlotOptions = Given<typeof plotOptions> & {
  /** `svg` by default. PNG of a drawing needs `sharp`. */
  readonly format?: 'svg' | 'png' | undefined
}

/**
 * One picture of a run: `latent`, `clusters`, `prototypes`, `generated`, `confusion`, `sizes`, `profile`, `tree`, `periods`, `phases`, a
 * number of its history such as `reconstruction`, or a grid that its method added such as `traversal.c1`.
 * @throws TypeError or RangeError for bad options; DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ, ERR_FILE_FORMAT, ERR_NOT_FITTED where the run has no such
 *   picture, ERR_CHARTS_MISSING, ERR_SHARP_MISSING
 *
 * @example
 * await writeFile('latent.svg', await renderPlot('digits/', 'latent', { frames: 4 }))
 */
export async function renderPlot(folder: string, picture: string, options: PlotOptions = {}): Promise<Buffer> {
  const { format = 'svg', ...given } = options
  if (format !== 'svg' && format !== 'png') throw new RangeError(expected('one of svg, png', 'format', format))
  const { scale, ...choices } = completeOptions(plotOptions, {}, checkOptions(plotOptions, given) as never)
  const { drawPicture, pngOf, svgOf } = await drawing()
  const drawn = drawPicture(await readRun(folder), picture, choices)
  return format === 'png' ? pngOf(drawn, scale) : Buffer.from(svgOf(drawn, scale))
}
