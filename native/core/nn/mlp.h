// A fully connected network: linear layers with one activation between them, the last layer linear.
#pragma once

#include "nn/parameter.h"

namespace dc::nn {

enum class Activation { relu, leaky_relu, tanh };

enum class Initialisation {
  fan_in_uniform,  // weights and biases U(+-1/sqrt(fan_in)): PyTorch's Linear; the weights of DEC-keras
  fan_in_normal,   // weights N(0, 1/fan_in), biases 0: the official DCN
  glorot_uniform,  // weights U(+-sqrt(6/(fan_in+fan_out))), biases 0
  normal,          // weights N(0, 0.01^2), biases 0: DEC
};

Activation activation_named(const std::string& name);
Initialisation initialisation_named(const std::string& name);

class Mlp {
 public:
  // `sizes` = {in, hidden …, out}. Parameters are named `<name>.<layer>.weight` [out, in] and `<name>.<layer>.bias` [out].
  Mlp(const std::string& name, const std::vector<int64_t>& sizes, Activation activation, Initialisation initialisation,
      Precision precision, at::Device device, at::Generator& generator);

  // Training: x [b, in] -> [b, out], differentiable, in the training precision (bfloat16 or float32).
  at::Tensor forward(const at::Tensor& x) const { return forward(x, 0, layers()); }
  // The layers first .. last-1 only, for layer-wise pre-training; `last_activated` also activates the last of them.
  at::Tensor forward(const at::Tensor& x, int64_t first, int64_t last, bool last_activated = false) const;

  // Inference: float32 parameters, no gradients.
  at::Tensor infer(const at::Tensor& x) const { return infer(x, 0, layers()); }
  at::Tensor infer(const at::Tensor& x, int64_t first, int64_t last, bool last_activated = false) const;

  int64_t layers() const { return static_cast<int64_t>(parameters_.size() / 2); }
  std::vector<Parameter*> parameters() { return parameters(0, layers()); }
  std::vector<Parameter*> parameters(int64_t first, int64_t last);
  void refresh();

 private:
  at::Tensor activate_(at::Tensor x) const;  // in place

  Activation activation_;
  Precision precision_;
  std::vector<Parameter> parameters_;  // weight, bias, weight, bias, …
};

}  // namespace dc::nn
