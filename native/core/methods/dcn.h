// DCN, the deep clustering network: Yang, Fu, Sidiropoulos & Hong, "Towards K-means-friendly Spaces: Simultaneous Deep
// Learning and Clustering", ICML 2017.
#pragma once

#include "cluster/kmeans.h"
#include "methods/coder.h"
#include "phases/encoding.h"
#include "phases/pretraining.h"
#include "phases/refinement.h"

namespace dc::methods {

struct DcnOptions {
  int64_t train_items;            // most items that clusters are trained on; 0: all
  cluster::KMeansOptions kmeans;  // the start, the refreshes and the final read-out
  phases::PretrainingOptions pretraining;
  bool graph_start;  // the first clusters by the neighbour graph (its eigenvectors, or linkage), after rounds of
                     // refinement; else by k-means
  phases::RefinementOptions refinement;
  optim::ScheduleOptions joint;
  double lambda;          // weight of the clustering term
  double pseudo_count;    // members that each centroid is thought to have at the start of the joint phase
  int64_t refresh_every;  // epochs between k-means refreshes from the current centroids; 0: never
  bool reencode;          // assign with the embedding after the network's update (as published), else with the one before;
                          // of the item itself, not of an augmented copy
  bool final_kmeans;      // read the labels out by a fresh k-means on the final embedding
  double tolerance;       // stop when a smaller share of assignments changed in an epoch; 0: never

  static DcnOptions read(const OptionValues& values);
};

class Dcn final : public Coder {
 public:
  explicit Dcn(const ModelSpec& spec);
  // labels int32 [n], assignments int32 [n] (those of the joint phase, and the labels of items that were not in it), sizes int32 [k], inertia.
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // prototypes -> the decoded centroids [k, …], in the units of the data.
  NamedTensors generate(const std::string& operation, const OptionValues& values) const override;
  std::vector<Slot> slots() override;

 private:
  const nn::Autoencoder& autoencoder() const override { return network_; }
  std::vector<Parameter*> parameters() override { return network_.parameters(); }
  // predict -> labels int32 [b]; predictProba -> probabilities [b, k].
  NamedTensors answer(const std::string& operation, const at::Tensor& x) const override;
  void joint_phase(const data::Dataset& data, run::Run& run);
  at::Tensor codes_of(const data::Dataset& data, const run::Run& run) const;  // [n, latent]
  void read_out(const data::Dataset& data, const data::Dataset& trained, run::Run& run);
  void start(const data::Dataset& data, run::Run& run);
  // The result's centroids, their variance, and its labels in `labels`.
  void adopt(const cluster::KMeansResult& result, at::Tensor& labels);

  DcnOptions options_;
  data::Augmentation augmentation_;
  nn::Autoencoder network_;
  at::Tensor centroids_;    // M [k, latent]
  at::Tensor counts_;       // c [k]
  at::Tensor variance_;     // [] mean squared distance to the own centroid, per dimension of the code
  at::Tensor assignments_;  // s: int64 [m], of the joint phase
  at::Tensor labels_;       // int64 [n], as they were read out at the end; empty before
};

// One centroid update on a batch with its assignments already made. The paper's rule, one sample after another,
//   c_k += 1;  m_k -= (m_k - z) / c_k                                        (Yang et al. 2017, section 3.3)
// has the closed form used here:  m_k <- (c_k m_k + sum of the batch's z in k) / (c_k + n_k),  c_k <- c_k + n_k.
// In place: centroids float32 [k, latent], counts float32 [k]; z float32 [b, latent], assignments int64 [b].
void update_centroids_(at::Tensor& centroids, at::Tensor& counts, const at::Tensor& z, const at::Tensor& assignments);

}  // namespace dc::methods
