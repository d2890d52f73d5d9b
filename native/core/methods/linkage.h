// Graph degree linkage of the data themselves (the algorithm is cluster/graph_degree_linkage.h).
#pragma once

#include "cluster/graph_degree_linkage.h"
#include "cluster/sample.h"
#include "methods/method.h"

namespace dc::methods {

class Linkage final : public Method {
 public:
  explicit Linkage(const ModelSpec& spec);
  // labels int32 [n], start int32 [n], merges int32 [m, 2], affinities float64 [m]: the whole merge tree, and its cut at `clusters`. An item
  // that is not in the graph begins in the cluster of the nearest that is.
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // predict -> labels int32 [b]; predictProba -> probabilities [b, k]: votes of the nearest items that were fitted on.
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  const data::Scaling& scaling() const override { return scaling_; }
  std::vector<Slot> slots() override;
  void restored() override;

 private:
  data::Rows scaled(const data::Dataset& data) const;
  // The first cluster of each item, int64 [n], from those of the graph's items [m].
  at::Tensor start_of_all(const data::Dataset& data, const at::Tensor& start, const Poll& poll) const;

  cluster::SampleOptions sample_options_;
  cluster::KnnOptions graph_;
  cluster::LinkageOptions options_;
  bool cap_norms_;
  data::Scaling scaling_;
  at::Tensor sample_;  // int64 [m], the items of the graph; empty: all
  at::Tensor items_;   // float32 [m, d]: predictions for other items stand on them
  at::Tensor labels_;  // int64 [m]
  at::Tensor start_;   // of the merge tree: int32 [n]
  at::Tensor merges_;
  at::Tensor affinities_;
};

}  // namespace dc::methods
