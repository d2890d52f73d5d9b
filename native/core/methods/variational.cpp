#include "methods/variational.h"

#include "random.h"

namespace dc::methods {

namespace {

nn::VariationalAutoencoder make_variational_autoencoder(const ModelSpec& spec) {
  at::Generator generator = make_generator(spec.device, spec.seed);
  return {nn::AutoencoderOptions::read(spec.options), spec.features(), spec.precision, spec.device, generator};
}

// One sample of each q(z | x), the same at each call: bounds of new items are to be compared.
at::Tensor fixed_sample(const nn::DiagonalGaussian& q) {
  at::Generator generator = make_generator(q.mean.device(), 0);
  return nn::reparameterised(q, at::randn(q.mean.sizes(), generator, q.mean.options()));
}

}  // namespace

Variational::Variational(const ModelSpec& spec) : Coder(spec), network_(make_variational_autoencoder(spec)) {}

NamedTensors Variational::answer(const std::string& operation, const at::Tensor& x) const {
  if (operation != "elbo") return Coder::answer(operation, x);
  const nn::DiagonalGaussian q = network_.infer(x);
  const at::Tensor z = fixed_sample(q);
  return {{"elbo", -autoencoder().item_losses(autoencoder().decoder().infer(z), x) - divergence(q, z)}};
}

}  // namespace dc::methods
