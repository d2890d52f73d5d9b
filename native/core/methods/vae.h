// The variational autoencoder: Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014.
#pragma once

#include "data/augmentation.h"
#include "methods/method.h"
#include "nn/variational_autoencoder.h"
#include "optim/schedule.h"

namespace dc::methods {

class Vae final : public Method {
 public:
  explicit Vae(const ModelSpec& spec);
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // transform -> embedding [b, latent], the mean of q(z | x); reconstruct -> reconstruction [b, …], decoded from it;
  // decode (of codes [b, latent]) -> items [b, …]; elbo -> elbo [b], with one sample of z, the same at each call.
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  std::optional<std::vector<int64_t>> input_shape(const std::string& operation) const override;
  // sample {count, seed} -> samples [count, …], latents [count, latent] ~ N(0, I).
  NamedTensors generate(const std::string& operation, const OptionValues& values) const override;
  std::vector<Slot> slots() override;
  void restored() override;

 private:
  optim::ScheduleOptions schedule_;
  int64_t batch_size_;
  std::vector<int64_t> item_shape_;
  at::Device device_;
  data::Scaling scaling_;
  nn::VariationalAutoencoder network_;
};

}  // namespace dc::methods
