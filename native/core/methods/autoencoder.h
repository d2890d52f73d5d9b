// The plain autoencoder as a method: pre-training without clusters.
#pragma once

#include "methods/coder.h"
#include "phases/pretraining.h"

namespace dc::methods {

class Autoencoder final : public Coder {
 public:
  explicit Autoencoder(const ModelSpec& spec);
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;

 private:
  const nn::Autoencoder& autoencoder() const override { return network_; }
  std::vector<Parameter*> parameters() override { return network_.parameters(); }

  phases::PretrainingOptions options_;
  data::Augmentation augmentation_;
  nn::Autoencoder network_;
};

}  // namespace dc::methods
