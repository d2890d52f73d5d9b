#include "training/elbo.h"

namespace dc::training {

at::Tensor standard_divergence(const nn::DiagonalGaussian& q) {
  return (1 + q.log_variance - q.mean.square() - q.log_variance.exp()).sum(1) * -0.5;
}

MixtureDivergence mixture_divergence(const nn::DiagonalGaussian& q, const at::Tensor& z, const cluster::GaussianMixture& prior) {
  // log gamma_c = log pi_c + log N(z; mu_c, sigma_c^2) - its log-sum-exp. No density is formed that could underflow, nothing is added
  // to keep one from 0, and log pi_c stands there once, not once per dimension as in the official code.
  const at::Tensor log_gamma = at::log_softmax(cluster::log_joint(z, prior), 1);
  const at::Tensor gamma = log_gamma.exp();

  // KL_c = 1/2 [ sum_d ( log sigma_cd^2 - log s_d^2 - 1 ) + E_q sum_d (z_d - mu_cd)^2 / sigma_cd^2 ],  E_q z^2 = m^2 + s^2
  const at::Tensor second = q.mean.square() + q.log_variance.exp();
  const at::Tensor divergences =
      0.5 * (prior.log_variances.sum(1) - (q.log_variance + 1).sum(1, true) + cluster::expected_distances(q.mean, second, prior));
  return {(gamma * divergences).sum(1), (gamma * (log_gamma - at::log_softmax(prior.logits, 0))).sum(1), log_gamma};
}

}  // namespace dc::training
