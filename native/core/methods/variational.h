// What methods share that stand on a variational autoencoder.
#pragma once

#include "methods/coder.h"
#include "nn/variational_autoencoder.h"

namespace dc::methods {

// Always at the mean of q(z | x), without noise; an evidence lower bound has one sample of z, the same at each call.
class Variational : public Coder {
 protected:
  explicit Variational(const ModelSpec& spec);

  const nn::Autoencoder& autoencoder() const override { return network_.autoencoder(); }
  std::vector<Parameter*> parameters() override { return network_.parameters(); }

  // elbo -> elbo [b]: log p(x | z) minus `divergence`, in nats.
  NamedTensors answer(const std::string& operation, const at::Tensor& x) const override;
  // What the prior costs each item, [b], at z drawn from q.
  virtual at::Tensor divergence(const nn::DiagonalGaussian& q, const at::Tensor& z) const = 0;

  nn::VariationalAutoencoder network_;
};

}  // namespace dc::methods
