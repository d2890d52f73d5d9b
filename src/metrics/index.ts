/** Scores of a clustering against true labels, in plain JavaScript: no addon, no libtorch. */

export { accuracy } from './accuracy.js'
export { ari } from './ari.js'
export { type EvaluationResult, evaluate } from './evaluation.js'
export { type ConfusionMatrix, confusionMatrix, type Labels } from './labelings.js'
export { type Average, nmi } from './nmi.js'
