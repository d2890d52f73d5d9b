#include "methods/variational.h"
#include "random.h"

namespace dc::methods {

nn::VariationalAutoencoder make_variational_autoencoder(const ModelSpec& spec) {
  at::Generator generator = make_generator(spec.device, spec.seed);
  return {nn::AutoencoderOptions::read(spec.options), spec.features(), spec.precision, spec.device, generator};
}

std::optional<std::vector<int64_t>> variational_input_shape(const nn::VariationalAutoencoder& network, const std::string& operation) {
  if (operation == "decode") return std::vector<int64_t>{network.autoencoder().options().latent};
  return std::nullopt;
}

at::Tensor fixed_sample(const nn::DiagonalGaussian& q) {
  at::Generator generator = make_generator(q.mean.device(), 0);
  return nn::reparameterised(q, at::randn(q.mean.sizes(), generator, q.mean.options()));
}

}  // namespace dc::methods
