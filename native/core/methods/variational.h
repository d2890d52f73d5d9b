// What methods that stand on a variational autoencoder share.
#pragma once

#include "methods/method.h"
#include "nn/variational_autoencoder.h"

namespace dc::methods {

nn::VariationalAutoencoder make_variational_autoencoder(const ModelSpec& spec);

// The shape of what `operation` takes: codes for `decode`, items otherwise.
std::optional<std::vector<int64_t>> variational_input_shape(const nn::VariationalAutoencoder& network, const std::string& operation);

// One sample of each q(z | x), the same at each call: bounds of new items are to be compared.
at::Tensor fixed_sample(const nn::DiagonalGaussian& q);

}  // namespace dc::methods
