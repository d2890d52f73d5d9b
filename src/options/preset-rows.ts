/** Values that presets of several methods take together, each written once. */

/** Images are shifted and rotated at random while training (DEC-DA). */
export const shiftedImages = { shift: 0.1, rotation: 10 } as const

/** Two views of an image, which are compared. */
export const views = { shift: 1 / 14, rotation: 15, zoom: 0.1, shear: 0.2 } as const

/** End-to-end pre-training for any data. */
export const plainPretraining = {
  pretrainEpochs: 60,
  pretrainOptimizer: 'adam',
  pretrainLearningRate: 1e-3,
  pretrainSchedule: 'constant'
} as const

/** {@link plainPretraining} has seen enough after so many items. */
export const plainItems = { pretrainEpochs: 1_050_000 } as const

/** Clusters of the neighbour graph, and a round of training with them frozen. */
export const startByGraph = { start: 'graph', rounds: 1, roundEpochs: 4, roundOptimizer: 'adam', roundLearningRate: 1e-3 } as const

/** Self-training, and of how many items it has seen enough. */
export const finish = { values: { selfTrainingEpochs: 16 }, items: { selfTrainingEpochs: 350_000 } } as const

/** The preset of that name, and self-training after it. */
export const selfTrained = <const Values, const Items>(name: string, { values, items }: { readonly values: Values; readonly items: Items }) =>
  ({
    adds: `As ${name}, and a convolutional network trained on its clusters, and then on those on which its own answers to changed copies agree; it answers for new items.`,
    values: { ...values, ...finish.values },
    items: { ...items, ...finish.items }
  }) as const
