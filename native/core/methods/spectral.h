// Spectral clustering of the data themselves (the algorithm is cluster/spectral.h).
#pragma once

#include "cluster/sample.h"
#include "cluster/spectral.h"
#include "methods/method.h"

namespace dc::methods {

class Spectral final : public Method {
 public:
  explicit Spectral(const ModelSpec& spec);
  // labels int32 [n]; of the m items of the graph embedding float32 [m, v], and items int32 [m], which they are, where they are not all;
  // eigenvalues float64 [e], and the rest of cluster::SpectralResult as scalars.
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // predict -> labels int32 [b]; predictProba -> probabilities [b, k]: votes of the nearest items that were fitted on.
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  const data::Scaling& scaling() const override { return scaling_; }
  std::vector<Slot> slots() override;
  void restored() override;

 private:
  cluster::SampleOptions sample_options_;
  cluster::SpectralOptions options_;
  data::Scaling scaling_;
  at::Tensor sample_;     // int64 [m], the items of the graph; empty: all
  at::Tensor items_;      // float32 [m, d]: predictions for other items stand on them
  at::Tensor labels_;     // int64 [m]
  at::Tensor embedding_;  // [m, v]
  at::Tensor eigenvalues_;
  at::Tensor summary_;  // float64 [4]: normalised cut, suggested clusters, components, attached
};

}  // namespace dc::methods
