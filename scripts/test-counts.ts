/** What test programs say at their end, as numbers. */

import { stripVTControlCharacters } from 'node:util'

export interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** From the output of the native tests, whose last line is `N passed, N failed, N skipped`; zeros where it is missing. */
export function nativeCount(output: string): Count {
  const [, passed = 0, failed = 0, skipped = 0] = /(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(output)?.map(Number) ?? []
  return { passed, failed, skipped }
}

/** From the output of mocha, coloured or not; zeros where it did not come to its end. */
export function mochaCount(output: string): Count {
  const plain = stripVTControlCharacters(output)
  // The last one: a test may print the like.
  const end = [...plain.matchAll(/^\s+\d+ passing\b/gm)].at(-1)
  const summary = end ? plain.slice(end.index) : ''
  const number = (word: string): number => Number(new RegExp(`^\\s+(\\d+) ${word}\\b`, 'm').exec(summary)?.[1] ?? 0)
  return { passed: number('passing'), failed: number('failing'), skipped: number('pending') }
}
