/** A run for TensorBoard: scalars by phase, images, and the latent space in the embedding projector. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bitmap, grid, png } from '../data/index.js'
import type { FitEvent } from '../estimator/types.js'
import { finalCodes } from './clusters.js'
import { drawing } from './drawing.js'
import { EventFile, type SummaryValue } from './event-file.js'
import { reducedTo } from './images.js'
import { rowsOf } from './rows.js'
import { className, type Run, readRun } from './run.js'
import { grids } from './sections/generated.js'

/** Side of the projector's sprite, at most, in pixels. */
const mostSprite = 8192

const scalars = (phase: string, values: Readonly<Record<string, number>>): readonly SummaryValue[] =>
  Object.entries(values).map(([name, value]) => ({ tag: `${phase}/${name}`, simpleValue: value }))

function image(tag: string, bitmap: Bitmap): SummaryValue {
  return { tag, image: { height: bitmap.height, width: bitmap.width, colorspace: bitmap.channels, encodedImageString: png(bitmap) } }
}

/** Writes the scalars of a fit while it runs: `onProgress` of `fit` takes {@link TensorBoardLog.take}. */
export class TensorBoardLog {
  readonly #folder: string
  #file: EventFile | undefined

  /** @param folder TensorBoard's log directory for this run; further runs of a fit with `restarts` go to `seed-N` in it */
  constructor(folder: string) {
    this.#folder = folder
  }

  take(event: FitEvent): void {
    if (event.type === 'start') this.#file = new EventFile(this.#file ? join(this.#folder, `seed-${event.seed}`) : this.#folder)
    if (event.type === 'epoch') this.#file?.append(event.epoch, scalars(event.phase, event.values))
  }
}

/**
 * Writes a saved run to a log directory of TensorBoard.
 * @param options `scalars: false` where {@link TensorBoardLog} wrote them already
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT if the folder does not hold a run; ERR_CHARTS_MISSING
 */
export async function writeTensorBoard(
  folder: string,
  logDirectory: string,
  options: { readonly scalars?: boolean | undefined } = {}
): Promise<void> {
  const run = await readRun(folder)
  const file = new EventFile(logDirectory)
  if (options.scalars !== false) for (const { phase, epoch, values } of run.config.history) file.append(epoch, scalars(phase, values))
  const pictures = await imagesOf(run)
  if (pictures.length > 0) file.append(0, pictures)
  await writeProjector(run, logDirectory)
}

async function imagesOf(run: Run): Promise<readonly SummaryValue[]> {
  const { drawPicture } = await drawing()
  const drawn = (['prototypes', 'clusters'] as const).flatMap(name => {
    if (!run.recording?.labels || !run.pixels || (name === 'prototypes' && !run.recording.pictures.prototypes)) return []
    const picture = drawPicture(run, name, { layout: 'pca', frames: 1, count: 10 })
    return 'bitmap' in picture ? [image(name, picture.bitmap)] : []
  })
  return [...drawn, ...grids(run).map(({ name, bitmap }) => image(name, bitmap))]
}

/** A field of a table of tabs: what would end it becomes a space. */
const field = (text: string): string => text.replace(/[\t\r\n]/g, ' ')

async function writeProjector(run: Run, logDirectory: string): Promise<void> {
  const { recording, pixels } = run
  const codes = finalCodes(run)
  if (!recording || !codes) return
  const { items, labels, truth } = recording
  await mkdir(logDirectory, { recursive: true })
  const columns = [
    ['item', (i: number) => String(items[i])],
    ...(labels ? [['cluster', (i: number) => String(labels[i])] as const] : []),
    ...(truth ? [['label', (i: number) => field(className(run, truth[i]!))] as const] : [])
  ] as const
  // A table of one column has no header line.
  const header = columns.length > 1 ? [columns.map(([name]) => name).join('\t')] : []
  const lines = [...header, ...Array.from(items, (_, i) => columns.map(([, value]) => value(i)).join('\t'))]
  await writeFile(join(logDirectory, 'metadata.tsv'), `${lines.join('\n')}\n`)
  await writeFile(
    join(logDirectory, 'tensors.tsv'),
    `${rowsOf(codes)
      .map(row => row.map(value => value.toPrecision(7)).join('\t'))
      .join('\n')}\n`
  )
  let sprite = ''
  if (pixels) {
    const side = Math.ceil(Math.sqrt(items.length))
    const largest = Math.floor(mostSprite / side)
    const size = { width: Math.min(pixels.width, largest), height: Math.min(pixels.height, largest) }
    await writeFile(join(logDirectory, 'sprite.png'), png(reducedTo(grid(recording.data, pixels, side), pixels, size)))
    sprite = `  sprite {\n    image_path: "sprite.png"\n    single_image_dim: ${size.width}\n    single_image_dim: ${size.height}\n  }\n`
  }
  await writeFile(
    join(logDirectory, 'projector_config.pbtxt'),
    `embeddings {\n  tensor_name: "latent space"\n  tensor_path: "tensors.tsv"\n  metadata_path: "metadata.tsv"\n${sprite}}\n`
  )
}
