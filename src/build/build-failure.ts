/** Why a build failed, as the output of CMake, the compiler and the linker tells it. */

// What a tool marks as an error, not a file that is named after errors.
const marked = /^CMake Error|(^|[\s:])(fatal )?error:|undefined reference to|^Undefined symbols|No space left on device/
const mostLines = 20

/**
 * @param lines the whole output
 * @returns the lines that tell the most, at most 20 of them, and the cause in words, with its cure where there is a known one
 */
export function buildFailure(lines: readonly string[]): { readonly telling: readonly string[]; readonly cause: string } {
  // The first error: those after it often follow from it.
  const first = lines.findIndex(line => marked.test(line))
  const telling = first < 0 ? lines.slice(-mostLines) : lines.slice(first, first + mostLines)
  return { telling: telling.filter(line => line.trim() !== ''), cause: causeOf(lines.join('\n')) }
}

function causeOf(output: string): string {
  if (/Killed signal terminated program/.test(output)) return 'The compiler ran out of memory (set DEEP_CLUSTERING_JOBS=1, or give it more)'
  if (/No space left on device/.test(output)) return 'The disk is full'
  if (/^CMake Error/m.test(output)) return 'CMake could not configure the build'
  return 'The compiler or the linker failed'
}
