/** JSON from strangers, read strictly and without building what nobody asked for. */

import { show } from '../errors.js'

/**
 * Reads the JSON of a header from left to right, one expected piece at a time. What does not belong stops it at once, so a
 * hostile text costs no more than its own length: no nesting is followed that the caller did not ask for, keys must be
 * unique (JSON.parse would keep the last), numbers are non-negative integers in digits, and no key means anything to the runtime.
 *
 * Every method throws a SyntaxError when the text goes on differently.
 */
export class JsonScanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** An object; `readValue` is called behind the colon of each key and must read the value. */
  object(readValue: (key: string) => void): void {
    const seen = new Set<string>()
    this.#list('{', '}', () => {
      const key = this.string()
      if (seen.has(key)) throw new SyntaxError(`the key ${show(key)} stands twice`)
      seen.add(key)
      this.#take(':')
      readValue(key)
    })
  }

  /** An array of at most `limit` non-negative integers. */
  integers(limit: number): number[] {
    const values: number[] = []
    this.#list('[', ']', () => {
      if (values.length === limit) throw new SyntaxError(`a list has more than ${limit} numbers`)
      values.push(this.#integer())
    })
    return values
  }

  string(): string {
    const begin = this.#skipSpace()
    if (this.#text[begin] !== '"') throw this.#unexpected('a string')
    let end = begin + 1
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1
    this.#at = end + 1
    return JSON.parse(this.#text.slice(begin, end + 1)) as string
  }

  /** Nothing but white space is left. */
  end(): void {
    if (this.#skipSpace() < this.#text.length) throw this.#unexpected('the end')
  }

  #integer(): number {
    const digits = /(?:0|[1-9]\d{0,15})(?![\d.eE])/y
    digits.lastIndex = this.#skipSpace()
    const found = digits.exec(this.#text)
    const value = Number(found?.[0])
    if (!Number.isSafeInteger(value)) throw this.#unexpected('an integer from 0 to 2^53 - 1')
    this.#at = digits.lastIndex
    return value
  }

  #list(opening: string, closing: string, readItem: () => void): void {
    this.#take(opening)
    if (this.#text[this.#skipSpace()] !== closing) {
      readItem()
      while (this.#text[this.#skipSpace()] === ',') {
        ++this.#at
        readItem()
      }
    }
    this.#take(closing)
  }

  #take(character: string): void {
    if (this.#text[this.#skipSpace()] !== character) throw this.#unexpected(character)
    ++this.#at
  }

  #skipSpace(): number {
    while (this.#at < this.#text.length && ' \n\r\t'.includes(this.#text[this.#at]!)) ++this.#at
    return this.#at
  }

  #unexpected(what: string): SyntaxError {
    const found = this.#at < this.#text.length ? show(this.#text.slice(this.#at, this.#at + 12)) : 'the end'
    return new SyntaxError(`expected ${what} at character ${this.#at} but found ${found}`)
  }
}

/** Whether valid JSON, or what claims to be, opens more than `limit` objects and arrays inside one another. */
export function nestsDeeperThan(text: string, limit: number): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; ++i) {
    const character = text[i]
    if (character === '"') inString = !inString
    else if (inString) i += character === '\\' ? 1 : 0
    else if (character === '{' || character === '[') {
      if (++depth > limit) return true
    } else if (character === '}' || character === ']') --depth
  }
  return false
}
