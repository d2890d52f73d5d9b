// The generative adversarial network: Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014; the networks are InfoGAN's.
#pragma once

#include "methods/adversarial.h"
#include "methods/adversarial_balance.h"

namespace dc::methods {

class Gan final : public Adversarial {
 public:
  explicit Gan(const ModelSpec& spec);
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  // transform -> embedding [b, features], the discriminator's last hidden layer; decode.
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;

 private:
  Gan(const ModelSpec& spec, at::Generator draw);

  at::Tensor features_of(const at::Tensor& items) const;  // in inference

  AdversarialSchedules schedules_;
};

}  // namespace dc::methods
