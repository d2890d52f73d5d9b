// The plain autoencoder as a method: pre-training without clusters.
#pragma once

#include "methods/method.h"
#include "nn/autoencoder.h"
#include "phases/pretraining.h"

namespace dc::methods {

class Autoencoder final : public Method {
 public:
  explicit Autoencoder(const ModelSpec& spec);
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // transform -> embedding [b, latent]; reconstruct -> reconstruction [b, …], in the data's own units.
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  std::vector<Slot> slots() override;
  void restored() override;

 private:
  phases::PretrainingOptions options_;
  data::Scaling scaling_;
  data::Augmentation augmentation_;
  nn::Autoencoder network_;
};

// What every method that stands on an autoencoder answers.
at::Tensor reconstruct(const nn::Autoencoder& network, const data::Scaling& scaling, const data::Dataset& block);
// Items [b, …] of the shape and units of the data, from codes [b, latent].
at::Tensor decode(const nn::Autoencoder& network, const data::Scaling& scaling, const at::Tensor& codes,
                  const std::vector<int64_t>& item_shape);
nn::Autoencoder make_autoencoder(const ModelSpec& spec);

}  // namespace dc::methods
