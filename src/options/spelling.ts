/** Corrects misspelt names. */

/**
 * Edits between two words: insertions, deletions, substitutions and swaps of neighbours each count one (the optimal
 * string alignment form of the Damerau-Levenshtein distance).
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, substitution)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}

/** The name that was probably meant, compared without case, or `undefined` if none is near (a third of the letters wrong). */
export function closest(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

/** ": did you mean `x`?", or what there is to choose from. */
export function suggestion(name: string, names: readonly string[]): string {
  const meant = closest(name, names)
  return meant ? `: did you mean \`${meant}\`?` : `; there is ${names.map(known => `\`${known}\``).join(', ')}`
}
