import type { EstimatorClass } from '../../src/estimator/estimator.js'
import { methodValues } from '../../src/estimator/method.js'

type Values = Readonly<Record<string, unknown>>

/** Every option of a method with its value for n items of bytes. */
export function valuesOnBytes({ method }: EstimatorClass, preset: string | null, given: Values, n = 0): Values {
  const values = methodValues(method, preset, { scaling: 'unit', ...given }, n)
  method.settle?.(values)
  return values
}

/** The same for a method whose steps are timed: ten clusters where it has any, no preset. */
export function stepValues(estimator: EstimatorClass, epochs: number, pretrainEpochs: number, changes: Values = {}): Values {
  const { options } = estimator.method
  return valuesOnBytes(estimator, null, {
    ...('clusters' in options && { clusters: 10 }),
    ...('pretrainEpochs' in options && { pretrainEpochs }),
    epochs,
    ...changes
  })
}

/** Options as NAME=VALUE words, which the native benchmarks read (native/bench/option_text.h). */
export function optionWords(values: Values): readonly string[] {
  return Object.entries(values).map(([option, value]) => `${option}=${Array.isArray(value) ? JSON.stringify(value) : String(value)}`)
}
