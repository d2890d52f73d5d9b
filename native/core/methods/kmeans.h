// k-means on the data themselves (the algorithm is cluster/kmeans.h).
#pragma once

#include "cluster/kmeans.h"
#include "methods/method.h"

namespace dc::methods {

class KMeans final : public Method {
 public:
  explicit KMeans(const ModelSpec& spec);
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // predict -> labels int32 [b]; predictProba -> probabilities [b, k]; transform -> embedding [b, k], the distances.
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  // prototypes -> the centroids in the units of the data [k, …].
  NamedTensors generate(const std::string& operation, const OptionValues& values) const override;
  const data::Scaling& scaling() const override { return scaling_; }
  std::vector<Slot> slots() override;

 private:
  cluster::KMeansOptions options_;
  std::vector<int64_t> item_shape_;
  data::Scaling scaling_;
  at::Tensor centroids_;  // [k, d]
  at::Tensor variance_;   // [] mean squared distance to the own centroid, per feature
};

}  // namespace dc::methods
