// A diagonal Gaussian mixture of the data themselves (the algorithm is cluster/gaussian_mixture.h).
#pragma once

#include "cluster/gaussian_mixture.h"
#include "methods/method.h"

namespace dc::methods {

class GaussianMixture final : public Method {
 public:
  explicit GaussianMixture(const ModelSpec& spec);
  // labels int32 [n], logLikelihood float64 [] (mean over the items, of the scaled data), converged int32 [].
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // predict -> labels int32 [b]; predictProba -> probabilities [b, k]; logLikelihood -> logLikelihood float64 [b].
  // decode of scaled items -> items in the units of the data [b, …].
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  std::optional<std::vector<int64_t>> input_shape(const std::string& operation) const override;
  // sample {cluster (-1: any), count, minPosterior, seed} -> samples [count, …], labels int32 [count];
  // mixture -> weights [k], means [k, d], variances [k, d], of the scaled data.
  // prototypes -> the means in the units of the data [k, …].
  NamedTensors generate(const std::string& operation, const OptionValues& values) const override;
  const data::Scaling& scaling() const override { return scaling_; }
  std::vector<Slot> slots() override;

 private:
  at::Tensor joint(const at::Tensor& x) const { return cluster::log_joint(x.to(at::kDouble), mixture_); }

  cluster::GaussianMixtureOptions options_;
  std::vector<int64_t> item_shape_;
  data::Scaling scaling_;
  cluster::GaussianMixture mixture_;  // float64
  at::Tensor summary_;                // float64 [2]: mean log-likelihood, converged
};

}  // namespace dc::methods
