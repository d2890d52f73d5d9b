// Mixtures of Gaussians with diagonal covariance, in log space throughout: densities that underflow are no trouble. Fitted by
// expectation-maximisation (Dempster, Laird & Rubin 1977) from k-means starts. On any device.
#pragma once

#include "cluster/kmeans.h"

namespace dc::cluster {

// One mixture, or several at once in leading dimensions. float32 or float64.
struct GaussianMixture {
  at::Tensor logits;         // [..., k]: the weights pi are their softmax, so that they stay positive and sum to 1
  at::Tensor means;          // [..., k, d]
  at::Tensor log_variances;  // [..., k, d]

  int64_t clusters() const { return means.size(-2); }
  int64_t features() const { return means.size(-1); }
  at::Tensor weights() const { return at::softmax(logits, -1); }
  GaussianMixture to(at::ScalarType type) const { return {logits.to(type), means.to(type), log_variances.to(type)}; }
};

// A mixture's densities, with what they have in common for all points computed once. Differentiable.
class MixtureDensity {
 public:
  MixtureDensity(const GaussianMixture& mixture);

  // log pi_c + log N(x; mu_c, sigma_c^2): [..., n, k] for x [n, d] of the mixture's type. Its log-sum-exp over c is the log density, its
  // log-softmax the log posterior.
  at::Tensor log_joint(const at::Tensor& x) const;
  // The expectation of log_joint(z) for z of which `at_mean` is the log joint at its mean, and which varies around it by `variance` [n, d],
  // the dimensions independent.
  at::Tensor expected_log_joint(const at::Tensor& at_mean, const at::Tensor& variance) const;

  const at::Tensor& log_weights() const { return log_weights_; }  // log pi_c: [..., k]

 private:
  at::Tensor log_weights_;
  at::Tensor spread_;   // -1 / (2 sigma^2): [..., d, k]
  at::Tensor factors_;  // [-1 / (2 sigma^2); mu / sigma^2]: [..., 2 d, k]
  at::Tensor offset_;   // log pi_c - 1/2 sum_d [ log 2 pi + log sigma_cd^2 + mu_cd^2 / sigma_cd^2 ]: [..., 1, k]
};

// MixtureDensity's, for once.
at::Tensor log_joint(const at::Tensor& x, const GaussianMixture& mixture);

// The mixture of the groups that labels (int64 [n]) make of x [n, d]: shares, means and variances, these at least
// `least_variance`. A group without members has the weight of one item, and mean and variance of all.
GaussianMixture mixture_of_labels(const at::Tensor& x, const at::Tensor& labels, int64_t clusters, double least_variance);

struct MixtureDraws {
  at::Tensor points;      // [count, d]
  at::Tensor components;  // int64 [count]
};

// `count` points drawn from one component, or with component -1 from all by their weights. Only points that their component takes
// with a posterior of at least `least_posterior` are kept (as in the official VaDE code, 0.999). Throws RangeError where hardly any
// point reaches it.
MixtureDraws draw(const GaussianMixture& mixture, int64_t component, int64_t count, double least_posterior, at::Generator& generator);

struct GaussianMixtureOptions {
  KMeansOptions start;    // of one run; its `clusters` is the number of components
  int64_t restarts;       // the run with the highest likelihood is kept
  int64_t iterations;     // at most, per run
  double tolerance;       // stop when the mean log-likelihood rises by less
  double variance_floor;  // least variance, as a share of the feature's variance over all items
};

struct GaussianMixtureResult {
  GaussianMixture mixture;  // float64
  double log_likelihood;    // mean over the items, with natural logarithms
  int64_t iterations;       // of the run that was kept
  bool converged;
};

// Throws RangeError if there are fewer rows than components. `poll` is called once a block, to abort.
GaussianMixtureResult fit_gaussian_mixture(const Rows& rows, const GaussianMixtureOptions& options, at::Generator& generator,
                                           const Poll& poll);

}  // namespace dc::cluster
