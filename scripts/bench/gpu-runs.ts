import type { EstimatorClass } from '../../src/estimator/estimator.js'
import { AutoEncoder } from '../../src/methods/autoencoder.js'
import { DCN } from '../../src/methods/dcn.js'
import { GAN } from '../../src/methods/gan.js'
import { InfoGAN } from '../../src/methods/infogan.js'
import { JULE } from '../../src/methods/jule.js'
import { VaDE } from '../../src/methods/vade.js'
import { VAE } from '../../src/methods/vae.js'
import { optionWords, stepValues, valuesOnBytes } from './option-words.js'

/** A few epochs of each phase, from a start that is found at once. */
const steps: readonly (readonly [EstimatorClass, Readonly<Record<string, unknown>>])[] = [
  [AutoEncoder, {}],
  [DCN, { lambda: 20, reencode: false, kmeansRestarts: 1 }],
  [VAE, {}],
  [VaDE, { mixtureRestarts: 1, mixtureIterations: 5 }],
  [GAN, {}],
  [InfoGAN, { viewInformation: 0 }],
  [JULE, {}]
]

const whole = [DCN, VaDE, InfoGAN, JULE]

/**
 * What bench_gpu trains, for a machine without Node: lines of words, `step METHOD NAME=VALUE …` and, with the preset and the precision that `auto` takes for so
 * many images on a GPU, `run ITEMS METHOD PRESET PRECISION NAME=VALUE …`.
 */
export function gpuRuns(): string {
  const lines = steps.map(([estimator, changes]) => ['step', estimator.method.name, ...optionWords(stepValues(estimator, 4, 4, changes))])
  for (const n of [10_000, 70_000]) {
    for (const estimator of whole) {
      const { name, automatic, bfloat16 } = estimator.method
      const preset = automatic!.images
      lines.push([
        'run',
        String(n),
        name,
        preset,
        bfloat16 ? 'bfloat16' : 'float32',
        ...optionWords(valuesOnBytes(estimator, preset, { clusters: 10 }, n))
      ])
    }
  }
  return `# Written by \`npm run docs\` from scripts/bench/gpu-runs.ts: change it there.\n${lines.map(words => words.join(' ')).join('\n')}\n`
}
