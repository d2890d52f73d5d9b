/**
 * The grammar of CSV, on bytes. Cells end at a comma, a semicolon or a tab, rows at a line feed, a carriage return or both; a cell may stand in double
 * quotes, in which two stand for one; empty lines are skipped, and spaces around cells are no part of them.
 */

const [tab, feed, carriage, space, quote, comma, semicolon] = [9, 10, 13, 32, 34, 44, 59]
const [plus, minus, point, zero, nine, upperE, lowerE] = [43, 45, 46, 48, 57, 69, 101]

const isSeparator = (byte: number): boolean => byte === comma || byte === semicolon || byte === tab

export interface Row {
  readonly cells: readonly string[]
  /** Where the next row begins. */
  readonly next: number
  /** Lines that it takes: more than one where a quoted cell has line ends in it. */
  readonly lines: number
}

/** A quote that is not closed, or a text after one that is. */
export class CsvError extends Error {
  /** Lines after that of the row's first byte. */
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

/**
 * The row that begins at `at`, of any cells. An empty line has none.
 * @param last whether nothing comes after `end`
 * @returns undefined if the row may go on after `end`
 * @throws CsvError
 */
export function readRow(bytes: Buffer, at: number, end: number, last: boolean): Row | undefined {
  const cells: string[] = []
  let lines = 1
  for (;;) {
    while (at < end && bytes[at] === space) at++
    let cell: string
    if (at < end && bytes[at] === quote) {
      const opened = lines
      const from = ++at
      for (; ; at++) {
        if (at >= end) {
          if (last) throw new CsvError('has a quote that is not closed', opened - 1)
          return undefined
        }
        if (bytes[at] === feed) lines++
        if (bytes[at] !== quote) continue
        if (at + 1 >= end && !last) return undefined
        if (at + 1 < end && bytes[at + 1] === quote) at++
        else break
      }
      cell = bytes.toString('utf8', from, at).replaceAll('""', '"').trim()
      at++
      while (at < end && bytes[at] === space) at++
      if (at < end && !isSeparator(bytes[at]!) && bytes[at] !== feed && bytes[at] !== carriage)
        throw new CsvError('has text after a closed quote', lines - 1)
    } else {
      const from = at
      while (at < end && !isSeparator(bytes[at]!) && bytes[at] !== feed && bytes[at] !== carriage) at++
      cell = bytes.toString('utf8', from, at).trim()
    }
    if (at >= end && !last) return undefined
    cells.push(cell)
    if (at < end && isSeparator(bytes[at]!)) {
      at++
      continue
    }
    if (at < end && bytes[at] === carriage) {
      if (at + 1 >= end && !last) return undefined
      at += at + 1 < end && bytes[at + 1] === feed ? 2 : 1
    } else if (at < end) at++
    return { cells: cells.length === 1 && cells[0] === '' ? [] : cells, next: at, lines }
  }
}

/** Powers of ten that a double holds exactly. */
const tens = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

/** Digits of which every number is a double. */
const exactDigits = 15

/** As far as rows of plain numbers were read. */
export interface Progress {
  /** Where the first row begins that was not read: it is incomplete, or of something else than plain numbers. */
  next: number
  /** Numbers that were written. */
  written: number
  /** Lines that were passed, empty ones too. */
  lines: number
}

/**
 * Reads rows of `width` plain numbers into `target`, until that is full or a row is not one. A number is what `Number` makes of its text,
 * rounded to a float: of more than 15 digits the first 15 say what that is, or the row is left to others.
 */
export function readNumbers(bytes: Buffer, begin: number, end: number, width: number, target: Float32Array, written: number): Progress {
  let at = begin
  const progress: Progress = { next: begin, written, lines: 0 }
  const room = target.length - width
  while (progress.written <= room) {
    let out = progress.written
    let column = 0
    for (;;) {
      while (bytes[at] === space && at < end) at++
      let byte = at < end ? bytes[at]! : -1
      if (column === 0 && (byte === feed || byte === carriage)) {
        if (byte === carriage && at + 1 >= end) return progress
        at += byte === carriage && bytes[at + 1] === feed ? 2 : 1
        progress.next = at
        progress.lines++
        continue
      }
      const negative = byte === minus
      if (negative || byte === plus) byte = ++at < end ? bytes[at]! : -1
      let value = 0
      let digits = 0
      let exponent = 0
      let cut = false
      const from = at
      while (byte >= zero && byte <= nine) {
        if (digits < exactDigits) {
          value = value * 10 + (byte - zero)
          if (value > 0) digits++
        } else {
          cut = true
          exponent++
        }
        byte = ++at < end ? bytes[at]! : -1
      }
      let any = at > from
      if (byte === point) {
        byte = ++at < end ? bytes[at]! : -1
        const fraction = at
        while (byte >= zero && byte <= nine) {
          if (digits < exactDigits) {
            value = value * 10 + (byte - zero)
            if (value > 0) digits++
            exponent--
          } else cut = true
          byte = ++at < end ? bytes[at]! : -1
        }
        any ||= at > fraction
      }
      if (!any) return progress
      if (byte === upperE || byte === lowerE) {
        byte = ++at < end ? bytes[at]! : -1
        const down = byte === minus
        if (down || byte === plus) byte = ++at < end ? bytes[at]! : -1
        const power = at
        let given = 0
        while (byte >= zero && byte <= nine) {
          given = given * 10 + (byte - zero)
          byte = ++at < end ? bytes[at]! : -1
        }
        if (at === power || given > 1000) return progress
        exponent += down ? -given : given
      }
      if (exponent < -22 || exponent > 22) {
        if (value !== 0 || cut) return progress
      } else if (exponent < 0) value /= tens[-exponent]!
      else if (exponent > 0) value *= tens[exponent]!
      if (cut) {
        // The digits that were cut add at most one unit to the fifteenth.
        if (Math.fround(value * (1 - 1e-15)) !== Math.fround(value * (1 + 1.2e-14))) return progress
      }
      target[out++] = negative ? -value : value
      column++
      while (byte === space) byte = ++at < end ? bytes[at]! : -1
      if (byte === comma || byte === semicolon || byte === tab) {
        if (column === width) return progress
        at++
        continue
      }
      if (byte !== feed && byte !== carriage) return progress
      if (byte === carriage) {
        if (at + 1 >= end) return progress
        if (bytes[at + 1] === feed) at++
      }
      at++
      break
    }
    if (column !== width) return progress
    progress.next = at
    progress.written = out
    progress.lines++
  }
  return progress
}
