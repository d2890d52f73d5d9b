/** What each kernel takes of a device, as `ptxas -v` tells it in the log of a build. */

/** One kernel, compiled for one architecture. */
export interface KernelResources {
  /** Mangled name. */
  readonly kernel: string
  /** For example `sm_90`. */
  readonly architecture: string
  /** Per thread. */
  readonly registers: number
  /** Stored and loaded per thread because the registers did not suffice. */
  readonly spillBytes: number
}

/** Every kernel that the log tells of, in its order. */
export function kernelResources(log: string): KernelResources[] {
  const entry = /Compiling entry function '(\w+)' for '(\w+)'/g
  return [...log.matchAll(entry)].map(({ index, 0: { length }, 1: kernel, 2: architecture }) => {
    const start = index + length
    const next = log.indexOf('Compiling entry function', start)
    const part = log.slice(start, next < 0 ? undefined : next)
    const number = (pattern: RegExp): number => Number(pattern.exec(part)?.[1] ?? NaN)
    return {
      kernel: kernel!,
      architecture: architecture!,
      registers: number(/Used (\d+) registers/),
      spillBytes: number(/(\d+) bytes spill stores/) + number(/(\d+) bytes spill loads/)
    }
  })
}
