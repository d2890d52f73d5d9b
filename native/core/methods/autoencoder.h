// The plain autoencoder as a method: pre-training without clusters.
#pragma once

#include "methods/method.h"
#include "nn/autoencoder.h"
#include "training/pretraining.h"

namespace dc::methods {

class Autoencoder final : public Method {
 public:
  explicit Autoencoder(const ModelSpec& spec);
  NamedTensors fit(const training::Dataset& data, training::Run& run) override;
  // transform -> embedding [b, latent]; reconstruct -> reconstruction [b, …], in the data's own units.
  NamedTensors infer(const std::string& operation, const training::Dataset& block) const override;
  std::vector<training::Slot> slots() override;
  void restored() override;

 private:
  training::PretrainingOptions options_;
  training::Scaling scaling_;
  training::Augmentation augmentation_;
  nn::Autoencoder network_;
};

// What every method that stands on an autoencoder answers.
at::Tensor reconstruct(const nn::Autoencoder& network, const training::Scaling& scaling, const training::Dataset& block);
// Items [b, …] of the shape and units of the data, from codes [b, latent].
at::Tensor decode(const nn::Autoencoder& network, const training::Scaling& scaling, const at::Tensor& codes,
                  const std::vector<int64_t>& item_shape);
nn::Autoencoder make_autoencoder(const ModelSpec& spec);

}  // namespace dc::methods
