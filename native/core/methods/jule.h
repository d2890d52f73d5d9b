// JULE, joint unsupervised learning: Yang, Parikh & Batra, "Joint Unsupervised Learning of Deep Representations and Image
// Clusters", CVPR 2016. In turns, an embedding is trained to hold the clusters together, and its neighbour graph merges them.
#pragma once

#include "cluster/graph_degree_linkage.h"
#include "data/augmentation.h"
#include "loss/triplets.h"
#include "methods/method.h"
#include "nn/embedding.h"

namespace dc::methods {

struct JuleOptions {
  int64_t train_items;  // most items that it is trained on; 0: all
  cluster::KnnOptions graph;
  cluster::LinkageOptions linkage;  // `until` is set for each period
  optim::ScheduleOptions period;    // epochs and optimiser between two merges
  loss::TripletOptions triplet;
  int64_t batch_size;
  int64_t members;  // items of one cluster that come together in a batch
  double eta;       // share of the clusters that a period merges away
  bool cap_norms;   // of the items, for the first clusters
  bool recluster;   // take the labels from an agglomeration of the final embedding from its start (RC in the paper),
                    // else from the joint process (SF)

  static JuleOptions read(const ModelSpec& spec);
};

class Jule final : public Method {
 public:
  explicit Jule(const ModelSpec& spec);
  // labels int32 [n]; of the m items that it was trained on, joint int32 [m] (the clusters of the joint process), partitions
  // int32 [periods + 1, m] (those before the first period and after each), and items int32 [m] (which they are) where they are not all.
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // predict -> labels int32 [b]; predictProba -> probabilities [b, k]: votes of the nearest items that were fitted on, in the
  // embedding; transform -> embedding [b, dimensions].
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  const data::Scaling& scaling() const override { return scaling_; }
  std::vector<Slot> slots() override;
  void restored() override;

 private:
  data::Rows encoded(const data::Dataset& data, const run::Run& run) const;
  at::Tensor votes(const at::Tensor& z) const;  // [b, k]
  void train_period(int64_t period, const data::Dataset& data, run::Run& run);
  cluster::MergeTree merge(const cluster::NeighbourGraph& graph, const at::Tensor& start, int64_t until, run::Run& run) const;
  void keep_partition(const at::Tensor& labels);
  int64_t clusters_after(int64_t period) const;

  JuleOptions options_;
  data::Scaling scaling_;
  data::Augmentation augmentation_;
  nn::Embedding network_;
  at::Tensor partitions_;  // int32 [periods + 1, m], on the CPU
  at::Tensor current_;     // int64 [m]: the last of them
  at::Tensor features_;    // float32 [m, dimensions]: predictions for new items stand on the ones fitted on
  at::Tensor labels_;      // int64 [m]
};

}  // namespace dc::methods
