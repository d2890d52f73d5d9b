/** How well a model explains items, for the choice of the number of clusters. */

/** The mean of many numbers. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

/**
 * -2 log L + p ln n (Schwarz 1978), p the free parameters of a diagonal mixture: weights, means and variances.
 * @param logLikelihoods of each item, or lower bounds of them
 * @param shape of the means: `[clusters, features]`
 */
export function bic(logLikelihoods: ArrayLike<number>, [clusters, features]: readonly number[]): number {
  const parameters = clusters! - 1 + 2 * clusters! * features!
  const n = logLikelihoods.length
  return -2 * n * mean(logLikelihoods) + parameters * Math.log(n)
}
