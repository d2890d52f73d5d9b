/** JSON from strangers. */

/**
 * Parses a JSON object into maps: duplicate keys are an error (JSON.parse would keep the last one), and no key, not even
 * `__proto__`, means anything to the runtime.
 * @throws SyntaxError
 */
export function parseJson(text: string): Map<string, unknown> {
  // JSON.parse checks the grammar; a scan of the same text then finds the keys of each object.
  const value: unknown = JSON.parse(text)
  assertUniqueKeys(text)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new SyntaxError('not an object')
  return toMap(value)
}

function toMap(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).map(([key, entry]) => [key, toPlain(entry)]))
}

function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain)
  return value !== null && typeof value === 'object' ? toMap(value) : value
}

/** `text` is valid JSON. */
function assertUniqueKeys(text: string): void {
  const open: (Set<string> | null)[] = [] // a set of keys for an object, null for an array
  const strings = /"(?:[^"\\]|\\.)*"/y
  for (let i = 0; i < text.length; ++i) {
    const character = text[i]
    if (character === '{') open.push(new Set())
    else if (character === '[') open.push(null)
    else if (character === '}' || character === ']') open.pop()
    else if (character === '"') {
      strings.lastIndex = i
      const [quoted] = strings.exec(text)!
      i += quoted.length - 1
      const keys = open.at(-1)
      if (!keys || !/^\s*:/.test(text.slice(i + 1, i + 33))) continue
      const key = JSON.parse(quoted) as string
      if (keys.has(key)) throw new SyntaxError(`the key ${quoted} stands twice`)
      keys.add(key)
    }
  }
}
