// VaDE, variational deep embedding: Jiang, Zheng, Tan, Tang & Zhou, "Variational Deep Embedding: An Unsupervised and Generative
// Approach to Clustering", IJCAI 2017.
#pragma once

#include "cluster/gaussian_mixture.h"
#include "cluster/mutual_information.h"
#include "methods/variational.h"
#include "phases/pretraining.h"
#include "phases/refinement.h"

namespace dc::methods {

struct VadeOptions {
  enum class Start { likelihood, mutual_information, graph };

  int64_t train_items;  // most items that clusters are trained on; 0: all
  int64_t clusters;
  phases::PretrainingOptions pretraining;
  Start start;  // of the mixture, in the pre-trained embedding
  cluster::GaussianMixtureOptions likelihood;
  cluster::MutualInformationOptions information;
  int64_t items;                         // at most, that the mutual information is taken over
  int64_t views;                         // of each, at the start
  phases::RefinementOptions refinement;  // graph
  double log_variance;                   // of q(z | x), at the start of the joint phase
  optim::ScheduleOptions joint;          // of the network
  double mixture_learning_rate;          // the mixture's; the course is the network's
  double least_log_variance;             // of a component
  double alpha;                          // weight of the reconstruction term
  double information_weight;             // of the mutual information between the posteriors of two views; 0: none
  loss::ContrastOptions contrast;        // between the codes of two views; weight 0: none
  double tolerance;                      // stop when a smaller share of assignments changed in an epoch; 0: never

  static VadeOptions read(const OptionValues& values);
  bool two_views() const { return information_weight > 0 || contrast.weight > 0; }
};

class Vade final : public Variational {
 public:
  explicit Vade(const ModelSpec& spec);
  // labels int32 [n].
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // sample {cluster (-1: any), count, minPosterior, seed} -> samples [count, …], latents [count, latent], labels int32 [count];
  // mixture -> weights [k], means [k, latent], variances [k, latent].
  // prototypes -> the decoded means [k, …], in the units of the data.
  NamedTensors generate(const std::string& operation, const OptionValues& values) const override;
  std::vector<Slot> slots() override;

 private:
  // predict -> labels int32 [b]; predictProba -> probabilities [b, k], p(c | z); typicality -> labels int32 [b], logDensity [b],
  // log N(z; mu_c, sigma_c^2) of the own cluster; elbo.
  NamedTensors answer(const std::string& operation, const at::Tensor& x) const override;
  at::Tensor divergence(const nn::DiagonalGaussian& q, const at::Tensor& z) const override;
  void start(const data::Dataset& data, run::Run& run);
  run::Run::Values start_mixture(const data::Dataset& data, run::Run& run);
  void joint_phase(const data::Dataset& data, run::Run& run);
  run::Run::Values read_out(const data::Dataset& data, run::Run& run);
  at::Tensor codes_of(const data::Dataset& data, const run::Run& run) const;  // [n, latent]
  at::Tensor labels_of(const data::Rows& codes, const run::Run& run) const;   // int64 [n]
  at::Tensor some_items(const data::Dataset& data, run::Run& run) const;      // int64 [items]
  cluster::GaussianMixture mixture() const { return {logits_.leaf, means_.leaf, log_variances_.leaf}; }
  void adopt(const cluster::GaussianMixture& mixture);

  VadeOptions options_;
  data::Augmentation augmentation_;
  Parameter logits_, means_, log_variances_;  // of the mixture: [k], [k, latent], [k, latent]; always float32
  at::Tensor assignments_;                    // int64 [m], as of each item's last visit
  at::Tensor labels_;                         // int64 [n], as they were read out at the end; empty before
};

}  // namespace dc::methods
