#include "nn/mlp.h"

#include "error.h"

namespace dc::nn {

Activation activation_named(const std::string& name) {
  if (name == "relu") return Activation::relu;
  if (name == "leaky-relu") return Activation::leaky_relu;
  if (name == "tanh") return Activation::tanh;
  throw Error("ERR_NATIVE", "Unknown activation " + name);
}

Mlp::Mlp(const std::string& name, const std::vector<int64_t>& sizes, Activation activation, Initialisation initialisation,
         Precision precision, at::Device device, at::Generator& generator)
    : activation_(activation), precision_(precision) {
  at::NoGradGuard no_grad;
  const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
  for (size_t layer = 0; layer + 1 < sizes.size(); ++layer) {
    at::Tensor weight = at::empty({sizes[layer + 1], sizes[layer]}, options);
    at::Tensor bias = at::empty({sizes[layer + 1]}, options);
    initialise_weight(weight, initialisation, generator);
    initialise_bias(bias, weight, initialisation, generator);
    const std::string prefix = name + "." + std::to_string(layer);
    parameters_.push_back(Parameter::make(prefix + ".weight", weight, precision));
    parameters_.push_back(Parameter::make(prefix + ".bias", bias, precision));
  }
}

at::Tensor Mlp::activate_(at::Tensor x) const {
  switch (activation_) {
    case Activation::relu:
      return x.relu_();
    case Activation::leaky_relu:
      return at::leaky_relu_(x, 0.01);
    case Activation::tanh:
      return x.tanh_();
  }
  return x;
}

at::Tensor Mlp::forward(const at::Tensor& x, int64_t first, int64_t last, bool last_activated) const {
  at::Tensor h = precision_ == Precision::bfloat16 ? x.to(at::kBFloat16) : x;
  for (int64_t layer = first; layer < last; ++layer) {
    h = at::linear(h, parameters_[2 * layer].leaf, parameters_[2 * layer + 1].leaf);
    if (layer + 1 < last || last_activated) h = activate_(h);
  }
  return h;
}

at::Tensor Mlp::infer(const at::Tensor& x, int64_t first, int64_t last, bool last_activated) const {
  at::NoGradGuard no_grad;
  at::Tensor h = x;
  for (int64_t layer = first; layer < last; ++layer) {
    h = at::linear(h, parameters_[2 * layer].value, parameters_[2 * layer + 1].value);
    if (layer + 1 < last || last_activated) h = activate_(h);
  }
  return h;
}

std::vector<Parameter*> Mlp::parameters(int64_t first, int64_t last) {
  std::vector<Parameter*> all;
  for (int64_t i = 2 * first; i < 2 * last; ++i) all.push_back(&parameters_[i]);
  return all;
}

void Mlp::refresh() {
  for (Parameter& parameter : parameters_) parameter.refresh();
}

}  // namespace dc::nn
