// The latent terms of evidence lower bounds: what the prior costs, per item. Differentiable; in the type of what they are given.
#pragma once

#include "cluster/gaussian_mixture.h"
#include "nn/variational_autoencoder.h"

namespace dc::loss {

// KL( q || N(0, I) ) = -1/2 sum_d [ 1 + log s_d^2 - m_d^2 - s_d^2 ]: [b]      (Kingma & Welling 2014, appendix B)
at::Tensor standard_divergence(const nn::DiagonalGaussian& q);

// The prior is a mixture, and q(c | x) = gamma_c = p(c | z), taken at the sample z (Jiang et al. 2017, equation 16).
struct MixtureDivergence {
  at::Tensor value;          // sum_c gamma_c KL( q(z | x) || N(mu_c, sigma_c^2) ) + KL( gamma || pi ): [b]
  at::Tensor clusters;       // its second term, KL( gamma || pi ) = sum_c gamma_c log( gamma_c / pi_c ), without gradient: [b]
  at::Tensor log_posterior;  // log gamma: [b, k]
};

// q [b, d]; the prior's log joint at z, drawn from q, and at q's mean, both [b, k]. Gradients also flow through gamma, as published.
MixtureDivergence mixture_divergence(const nn::DiagonalGaussian& q, const at::Tensor& joint_at_z, const at::Tensor& joint_at_mean,
                                     const cluster::MixtureDensity& prior);

}  // namespace dc::loss
