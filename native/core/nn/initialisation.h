// How weights begin.
#pragma once

#include "torch.h"

namespace dc::nn {

enum class Initialisation {
  fan_in_uniform,  // weights and biases U(+-1/sqrt(fan_in)): PyTorch's Linear; the weights of DEC-keras
  fan_in_normal,   // weights N(0, 1/fan_in), biases 0; an autoencoder's decoder starts as its encoder transposed: the official
                   // DCN, which keeps them so
  glorot_uniform,  // weights U(+-sqrt(6/(fan_in+fan_out))), biases 0
  normal,          // weights N(0, 0.01^2), biases 0: DEC, JULE
  dcgan,           // weights N(0, 0.02^2), biases 0: DCGAN, InfoGAN
};

Initialisation initialisation_named(const std::string& name);

// Fills weights [out, in] or [out, in, height, width] in place; those of transposed convolutions, [in, out, …], as dcgan only.
void initialise_weight(at::Tensor& weight, Initialisation kind, at::Generator& generator);
// Fills the biases [out] that go with such weights.
void initialise_bias(at::Tensor& bias, const at::Tensor& weight, Initialisation kind, at::Generator& generator);

}  // namespace dc::nn
