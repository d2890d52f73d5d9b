// The variational autoencoder: Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014.
#pragma once

#include "methods/variational.h"
#include "optim/schedule.h"

namespace dc::methods {

class Vae final : public Variational {
 public:
  explicit Vae(const ModelSpec& spec);
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // sample {count, seed} -> samples [count, …], latents [count, latent] ~ N(0, I).
  NamedTensors generate(const std::string& operation, const OptionValues& values) const override;

 private:
  at::Tensor divergence(const nn::DiagonalGaussian& q, const at::Tensor& z) const override;

  optim::ScheduleOptions schedule_;
  int64_t batch_size_;
  at::Device device_;
};

}  // namespace dc::methods
