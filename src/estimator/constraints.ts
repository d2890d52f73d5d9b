/** Checks of option values together and against the data, shared by the methods. */

import { expected } from '../errors.js'
import type { Condition, Test } from '../options/conditions.js'
import { changeOptions } from '../options/groups.js'
import { areImages, type DataFacts } from './method.js'

type Values = Readonly<Record<string, unknown>>

const changes = Object.keys(changeOptions)

/** Whether images are changed at random while training. */
export const isAugmented = (values: Values): boolean => changes.some(name => values[name] !== 0)

/** Every cluster needs an item. @throws RangeError */
export function enoughItems(values: Values, data: DataFacts): void {
  if (data.n < (values.clusters as number)) throw new RangeError(expected(`at least ${values.clusters} items (one per cluster)`, 'data', data.n))
}

/** A neighbour graph needs two items. @throws RangeError */
export function enoughForGraph(data: DataFacts): void {
  if (data.n < 2) throw new RangeError(expected('at least 2 items', 'data', data.n))
}

/** Augmentation turns and shifts images only. @throws RangeError */
export function imagesForAugmentation(values: Values, data: DataFacts): void {
  if (areImages(data.shape)) return
  for (const name of changes) {
    if (values[name] !== 0) {
      throw new RangeError(
        `${expected('0', name, values[name])}: augmentation needs images, items of shape [height, width] or [channels, height, width]`
      )
    }
  }
}

/** The sides of the smallest image that a convolutional network takes. */
const leastSide = 4

/** Self-training compares changed copies of images. @throws RangeError */
export function imagesForSelfTraining(values: Values, data: DataFacts): void {
  if (values.selfTrainingEpochs === 0 || (areImages(data.shape) && Math.min(...data.shape.slice(-2)) >= leastSide)) return
  throw new RangeError(
    `${expected('0', 'selfTrainingEpochs', values.selfTrainingEpochs)}: self-training needs images, items of shape [height, width] or [channels, height, width] of at least ${leastSide} pixels on a side`
  )
}

/** Whether the first clusters come from the neighbour graph. */
export const startsFromGraph = ({ start }: Values): boolean => start === 'graph' || start === 'linkage'

/** Two views of an image are two augmented copies. `needing` are options that want them, by the values that do. @throws RangeError */
export function augmentationForViews(values: Values, needing: Readonly<Record<string, (value: unknown) => boolean>>): void {
  if (isAugmented(values)) return
  for (const [name, needs] of Object.entries(needing)) {
    if (needs(values[name])) {
      throw new RangeError(
        `\`${name}\` ${JSON.stringify(values[name])} compares two augmented views of each image, but ${changes.slice(0, -1).join(', ')} and ${changes.at(-1)} are all 0`
      )
    }
  }
}

/** What `auto` is for the distribution of a decoder. */
export function settleLoss(values: Record<string, unknown>): void {
  if (values.loss === 'auto') values.loss = values.scaling === 'unit' ? 'bernoulli' : 'gaussian'
}

/** What `auto` is for the last layer of a generator. */
export function settleOutput(values: Record<string, unknown>): void {
  if (values.output === 'auto') values.output = values.scaling === 'unit' ? 'sigmoid' : 'linear'
}

/** Cross-entropy needs data in 0..1. */
export const bernoulliScaling: Condition = {
  when: { loss: { is: 'bernoulli' } },
  needs: ['scaling', { among: ['auto', 'none', 'unit'] }],
  because: 'the bernoulli loss needs data in 0..1'
}

/** Nesterov's form needs momentum. */
export function nesterovMomentum(prefix = ''): Condition {
  const name = (option: string): string => (prefix ? `${prefix}${option[0]!.toUpperCase()}${option.slice(1)}` : option)
  return { when: { [name('optimizer')]: { is: 'sgd' }, [name('nesterov')]: { is: true } }, needs: [name('momentum'), { above: 0 }] }
}

const byGraph: Test = { among: ['graph', 'linkage'] }

/** Rounds of refinement take their labels from the graph. */
export const graphForRounds: Condition = { when: { rounds: { above: 0 } }, needs: ['start', byGraph] }

/** Restarts are ranked by the normalised cut of a graph. */
export const graphForRestarts: Condition = {
  when: { restarts: { above: 1 } },
  needs: ['start', byGraph],
  because: '`restarts` are ranked by its normalised cut'
}

/** Without an epoch nothing would be learned. */
export const someEpochs: Condition = { when: {}, needs: ['epochs', { above: 0 }] }

/** What generative adversarial networks ask of their options. */
export const adversarialConditions: readonly Condition[] = [
  nesterovMomentum(),
  someEpochs,
  {
    when: { output: { is: 'sigmoid' } },
    needs: ['scaling', { among: ['auto', 'none', 'unit'] }],
    because: 'the sigmoid output needs data in 0..1'
  }
]
