/** Conditions between options of one table: data, which constructors check, and schemas and docs tell. */

import { expected } from '../errors.js'

/** What is asked of one value. */
export type Test = { readonly is: string | number | boolean } | { readonly above: number } | { readonly among: readonly string[] }

/** Where all of `when` hold, `needs` must, too. */
export interface Condition {
  readonly when: Readonly<Record<string, Test>>
  readonly needs: readonly [name: string, test: Test]
  /** Why, for the message; by default which value of `when` asks for it. */
  readonly because?: string
}

const passes = (test: Test, value: unknown): boolean =>
  'is' in test ? value === test.is : 'above' in test ? (value as number) > test.above : test.among.includes(value as string)

const quoted = (word: string | number | boolean): string => (typeof word === 'string' ? `'${word}'` : String(word))

/** A test in words: "a number above 0", "'graph' or 'linkage'". */
function words(test: Test): string {
  if ('above' in test) return `a number above ${test.above}`
  if ('is' in test) return quoted(test.is)
  const all = test.among.map(quoted)
  return all.length > 1 ? `${all.slice(0, -1).join(', ')} or ${all.at(-1)}` : all.join()
}

function reason({ when, because }: Condition): string {
  if (because !== undefined) return ` (${because})`
  const last = Object.entries(when).at(-1)
  if (!last) return ''
  const [name, test] = last
  const state = 'above' in test ? `above ${test.above}` : 'is' in test && test.is === true ? 'on' : words(test)
  return ` (\`${name}\` is ${state})`
}

/** @throws RangeError for the first condition that does not hold */
export function checkConditions(conditions: readonly Condition[], values: Readonly<Record<string, unknown>>): void {
  for (const condition of conditions) {
    const { when, needs } = condition
    const [name, test] = needs
    if (!Object.entries(when).every(([option, asked]) => passes(asked, values[option])) || passes(test, values[name])) continue
    throw new RangeError(expected(`${words(test)}${reason(condition)}`, name, values[name]))
  }
}

/** A test as a schema of its value. */
export const schemaOfTest = (test: Test): object =>
  'is' in test ? { const: test.is } : 'above' in test ? { exclusiveMinimum: test.above } : { enum: test.among }
