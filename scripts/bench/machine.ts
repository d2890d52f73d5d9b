/** What a benchmark ran on, in one line for the tables. */
import { cpus } from 'node:os'

export function machine(): string {
  const list = cpus()
  return `${list[0]?.model.trim() ?? 'unknown CPU'}, ${list.length} cores, Node ${process.version}`
}
