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

at::Tensor Mlp::forward(const at::Tensor& x, int64_t first, int64_t last, bool last_activated) const {
  std::vector<at::Tensor> leaves;
  for (int64_t i = 2 * first; i < 2 * last; ++i) leaves.push_back(parameters_[i].leaf);
  return linear_stack(precision_ == Precision::bfloat16 ? x.to(at::kBFloat16) : x, leaves, activation_, last_activated);
}

at::Tensor Mlp::forward(const at::Tensor& x, const Mlp& head) const {
  std::vector<at::Tensor> leaves;
  for (const Parameter& parameter : parameters_) leaves.push_back(parameter.leaf);
  for (size_t part = 0; part < 2; ++part) {  // weight, bias
    at::Tensor& last = leaves[leaves.size() - 2 + part];
    last = at::cat({last, head.parameters_[part].leaf});
  }
  return linear_stack(precision_ == Precision::bfloat16 ? x.to(at::kBFloat16) : x, leaves, activation_, /*last_activated=*/false);
}

at::Tensor Mlp::infer(const at::Tensor& x, int64_t first, int64_t last, bool last_activated) const {
  at::NoGradGuard no_grad;
  const at::NoTF32Guard exact;
  std::vector<at::Tensor> values;
  for (int64_t i = 2 * first; i < 2 * last; ++i) values.push_back(parameters_[i].value);
  return linear_stack(x, values, activation_, last_activated);
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
