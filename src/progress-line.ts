/** Tells people how far something is, on stderr or what stands for it. */

export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean }

/**
 * One line that grows on a terminal, a line at every quarter elsewhere.
 * @param unit what is counted, and how many of it one is: `MB`, 1e6
 */
export function progressLine(
  what: string,
  [unit, size]: readonly [name: string, size: number] = ['', 1],
  output: Output = process.stderr
): (done: number, total: number) => void {
  let shown = ''
  return (done, total) => {
    const [part, whole] = [done, total].map(count => Math.round(count / size))
    const text = `${what} ${part} of ${whole}${unit && ` ${unit}`}`
    const step = output.isTTY ? text : String(Math.floor((4 * done) / total))
    if (step === shown) return
    shown = step
    // Whatever is told next, an error for example, begins at the left.
    output.write(`${text}${output.isTTY && done < total ? '\r' : '\n'}`)
  }
}
