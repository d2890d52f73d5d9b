// InfoGAN: Chen, Duan, Houthooft, Schulman, Sutskever & Abbeel, "InfoGAN: Interpretable Representation Learning by Information
// Maximizing Generative Adversarial Nets", NeurIPS 2016. The generator is rewarded for items that tell its codes; the first code is
// categorical, and its posterior clusters real items.
#pragma once

#include "data/augmentation.h"
#include "methods/adversarial.h"
#include "methods/adversarial_balance.h"
#include "methods/code_information.h"

namespace dc::methods {

struct InfoGanOptions {
  int64_t train_items;  // most items that it is trained on; 0: all
  int64_t clusters;     // categories of the first code
  AdversarialSchedules schedules;
  double lambda;            // weight of the information of categorical codes
  double number_lambda;     // and of numbers
  bool shared;              // the discriminator's features are trained for the information too, else the generator and the head alone
  double view_information;  // weight of the mutual information between the clusters of a real image and of its augmented copy; 0: none
  bool learned_variance;    // of Q(c | x) over numbers
  double least_log_variance;

  static InfoGanOptions read(const OptionValues& values);
};

class InfoGan final : public Adversarial {
 public:
  explicit InfoGan(const ModelSpec& spec);
  // labels int32 [n].
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // By Q(c | x): predict -> labels int32 [b]; predictProba -> probabilities [b, k], of the first code; transform -> embedding
  // [b, …], probabilities of categorical codes and means of numbers, c1 first; decode.
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  std::vector<Slot> slots() override;
  void restored() override;

 private:
  InfoGan(const ModelSpec& spec, at::Generator draw);

  struct Bound {
    at::Tensor value;               // lambda L_I, the codes' bounds by their weights: a scalar
    std::vector<at::Tensor> terms;  // of each code the bound and the share
  };
  Bound bound(const at::Tensor& outputs, const at::Tensor& latents) const;
  std::vector<std::string> bound_names() const;
  at::Tensor outputs_of(const at::Tensor& items) const;  // of the head, in inference
  void train(const data::Dataset& data, run::Run& run);
  run::Run::Values read_out(const data::Dataset& data, run::Run& run);

  InfoGanOptions options_;
  data::Augmentation augmentation_;
  CodePosterior posterior_;
  nn::AuxiliaryHead auxiliary_;
  at::Tensor assignments_;  // int64 [m], as of each item's last visit
  at::Tensor labels_;       // int64 [n], as they were read out at the end; empty before
};

}  // namespace dc::methods
