// The neighbour graph of the data themselves (the algorithm is cluster/knn_graph.h).
#pragma once

#include "cluster/knn_graph.h"
#include "methods/method.h"

namespace dc::methods {

class KnnGraph final : public Method {
 public:
  explicit KnnGraph(const ModelSpec& spec);
  // neighbours int32 [n, k], distances float32 [n, k]: not squared; summary float64 [2]: recall, and 1 where the search was approximate.
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  const data::Scaling& scaling() const override { return scaling_; }
  std::vector<Slot> slots() override;

 private:
  cluster::KnnOptions options_;
  bool cap_norms_;
  data::Scaling scaling_;
  at::Tensor neighbours_, distances_, summary_;
};

}  // namespace dc::methods
