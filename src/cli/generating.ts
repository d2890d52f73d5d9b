/** What `sample` and `traverse` share: what they write, and values of codes on the command line. */

import { type FloatTensor, writeCsv, writeImageGrid, writeNpy } from '../data/index.js'
import { type CodeValues, parseCodeValues } from '../estimator/codes.js'
import { optionTable } from '../options/table.js'
import { asUsage, asUsageAsync } from './arguments.js'
import { type CommandContext, UsageError } from './command.js'

export const codesOption = optionTable({
  codes: { type: 'text', placeholder: 'c1=3,c2=-1.5', meaning: 'Values of codes (InfoGAN, GAN); the others are drawn' }
})

/** @throws UsageError */
export function codesOf(text: string | undefined): CodeValues | undefined {
  return text === undefined ? undefined : asUsage(() => parseCodeValues(text))
}

/** @throws UsageError for a name that nothing is written to */
export function checkOut(out: string, json: boolean | undefined): void {
  if (out === '-' && json) throw new UsageError('`--json` and `--out -` both write to stdout: choose one')
  if (out !== '-' && !/\.(npy|csv|png)$/.test(out)) throw new UsageError('`--out` must end in .npy, .csv or .png, or be -')
}

/** Writes items `[n, …shape]` row by row, or as a grid of images with so many columns. @throws UsageError if they are no images */
export async function writeItems(out: string, items: FloatTensor, columns: number, context: CommandContext): Promise<void> {
  if (out === '-') return writeCsv(context.stdout, items)
  if (out.endsWith('.csv')) return writeCsv(out, items)
  if (out.endsWith('.npy')) return writeNpy(out, items)
  const [n, ...sides] = items.shape as [number, ...number[]]
  const rows = Math.ceil(n / columns)
  const size = items.data.length / n
  const whole = new Float32Array(rows * columns * size)
  whole.set(items.data)
  await asUsageAsync(() => writeImageGrid(out, { data: whole, shape: [rows, columns, ...sides] }))
}
