#include "nn/mlp.h"

namespace dc::nn {

Mlp::Mlp(const std::string& name, const std::vector<int64_t>& sizes, Activation activation, Initialisation initialisation,
         Precision precision, at::Device device, at::Generator& generator)
    : activation_(activation),
      precision_(precision) {
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

at::Tensor Mlp::forward(const at::Tensor& x, const Pass& pass, int64_t first, int64_t last, bool last_activated) const {
  std::vector<at::Tensor> layers;
  for (int64_t i = 2 * first; i < 2 * last; ++i) layers.push_back(pass.of(parameters_[i]));
  return linear_stack(pass.input(x, precision_), layers, activation_, last_activated);
}

at::Tensor Mlp::forward(const at::Tensor& x, const Mlp& head, const Pass& pass) const {
  std::vector<at::Tensor> layers;
  for (const Parameter& parameter : parameters_) layers.push_back(pass.of(parameter));
  for (size_t part = 0; part < 2; ++part) {  // weight, bias
    at::Tensor& last = layers[layers.size() - 2 + part];
    last = at::cat({last, pass.of(head.parameters_[part])});
  }
  return linear_stack(pass.input(x, precision_), layers, activation_, /*last_activated=*/false);
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
