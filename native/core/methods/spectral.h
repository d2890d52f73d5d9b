// Spectral clustering of the data themselves (the algorithm is cluster/spectral.h).
#pragma once

#include "cluster/spectral.h"
#include "methods/method.h"

namespace dc::methods {

class Spectral final : public Method {
 public:
  explicit Spectral(const ModelSpec& spec);
  // labels int32 [n], embedding float32 [n, v], eigenvalues float64 [m], and the rest of cluster::SpectralResult as scalars.
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // predict -> labels int32 [b]; predictProba -> probabilities [b, k]: votes of the nearest items that were fitted on.
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  std::vector<Slot> slots() override;
  void restored() override;

 private:
  cluster::SpectralOptions options_;
  data::Scaling scaling_;
  at::Tensor items_;      // float32 [n, d]: predictions for new items stand on the ones fitted on
  at::Tensor labels_;     // int64 [n]
  at::Tensor embedding_;  // [n, v]
  at::Tensor eigenvalues_;
  at::Tensor summary_;  // float64 [4]: normalised cut, suggested clusters, components, attached
};

}  // namespace dc::methods
