/** How the threads of libtorch wait for each other. */

const variable = 'GOMP_SPINCOUNT'
/**
 * How often a thread looks again before it sleeps: some 0.15 ms. libgomp's own value is 60 times as many, for which a thread holds
 * a processor that the one it waits for may need: on a machine with other work a step then takes many times as long. On an
 * idle machine both are equal (docs/benchmarks.md, A busy machine).
 */
const spins = '5000'

/** Loads what brings libgomp into the process, which reads the variable at that moment; a value of the user's own stays. */
export function withShortSpins<T>(load: () => T): T {
  if (process.env[variable] !== undefined || process.env['OMP_WAIT_POLICY'] !== undefined) return load()
  process.env[variable] = spins
  try {
    return load()
  } finally {
    delete process.env[variable]
  }
}
