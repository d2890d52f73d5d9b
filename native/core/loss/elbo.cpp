#include "loss/elbo.h"

namespace dc::loss {

at::Tensor standard_divergence(const nn::DiagonalGaussian& q) {
  return (1 + q.log_variance - q.mean.square() - q.log_variance.exp()).sum(1) * -0.5;
}

MixtureDivergence mixture_divergence(const nn::DiagonalGaussian& q, const at::Tensor& joint_at_z, const at::Tensor& joint_at_mean,
                                     const cluster::MixtureDensity& prior) {
  // log gamma_c = log pi_c + log N(z; mu_c, sigma_c^2) - its log-sum-exp. No density is formed that could underflow, nothing is added
  // to keep one from 0, and log pi_c stands there once, not once per dimension as in the official code.
  const at::Tensor log_gamma = at::log_softmax(joint_at_z, 1);
  const at::Tensor gamma = log_gamma.exp();

  // sum_c gamma_c ( KL( q || N_c ) + log( gamma_c / pi_c ) ) = sum_c gamma_c ( log gamma_c - E_q log[ pi_c N(z; mu_c, sigma_c^2) ] ) -
  // H(q), H(q) = 1/2 sum_d ( 1 + log 2 pi + log s_d^2 )
  const at::Tensor expected = prior.expected_log_joint(joint_at_mean, q.log_variance.exp());
  const double constant = 0.5 * (1 + std::log(2 * M_PI)) * static_cast<double>(q.mean.size(1));
  const at::Tensor value = at::sub((gamma * (log_gamma - expected)).sum(1) - constant, q.log_variance.sum(1), 0.5);

  at::NoGradGuard no_grad;
  return {value, (gamma * (log_gamma - prior.log_weights())).sum(1), log_gamma};
}

}  // namespace dc::loss
