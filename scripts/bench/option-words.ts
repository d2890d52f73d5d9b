import type { EstimatorClass } from '../../src/methods/estimator.js'
import { methodValues } from '../../src/methods/method.js'

/** The options of a method on bytes, as NAME=VALUE words, which the native benchmarks read (native/bench/option_text.h). */
export function optionWords({ method }: EstimatorClass, preset: string | null, given: Readonly<Record<string, unknown>>, n = 0): readonly string[] {
  const values = methodValues(method, preset, { scaling: 'unit', ...given }, n)
  method.settle?.(values)
  return Object.entries(values).map(([option, value]) => `${option}=${Array.isArray(value) ? JSON.stringify(value) : String(value)}`)
}
