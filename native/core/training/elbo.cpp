#include "training/elbo.h"

namespace dc::training {

at::Tensor standard_divergence(const nn::DiagonalGaussian& q) {
  return (1 + q.log_variance - q.mean.square() - q.log_variance.exp()).sum(1) * -0.5;
}

MixtureDivergence mixture_divergence(const nn::DiagonalGaussian& q, const at::Tensor& z, const cluster::MixtureDensity& prior) {
  // log gamma_c = log pi_c + log N(z; mu_c, sigma_c^2) - its log-sum-exp. No density is formed that could underflow, nothing is added
  // to keep one from 0, and log pi_c stands there once, not once per dimension as in the official code.
  const at::Tensor log_gamma = at::log_softmax(prior.log_joint(z), 1);
  const at::Tensor gamma = log_gamma.exp();

  // KL( q || N_c ) = -H(q) - E_q log N(z; mu_c, sigma_c^2),  H(q) = 1/2 sum_d ( 1 + log 2 pi + log s_d^2 ),  E_q z^2 = m^2 + s^2
  const at::Tensor second = q.mean.square() + q.log_variance.exp();
  const at::Tensor expected = prior.expected_log_joint(q.mean, second) - prior.log_weights();
  const at::Tensor entropy = 0.5 * (q.log_variance + (1 + std::log(2 * M_PI))).sum(1);
  return {-entropy - (gamma * expected).sum(1), (gamma * (log_gamma - prior.log_weights())).sum(1), log_gamma};
}

}  // namespace dc::training
