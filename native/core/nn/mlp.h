// A fully connected network: linear layers with one activation between them, the last layer linear.
#pragma once

#include "nn/initialisation.h"
#include "nn/linear_stack.h"
#include "nn/pass.h"

namespace dc::nn {

class Mlp {
 public:
  // `sizes` = {in, hidden …, out}. Parameters are named `<name>.<layer>.weight` [out, in] and `<name>.<layer>.bias` [out].
  Mlp(const std::string& name, const std::vector<int64_t>& sizes, Activation activation, Initialisation initialisation, Precision precision,
      at::Device device, at::Generator& generator);

  // x [b, in] -> [b, out], in the precision of the pass.
  at::Tensor forward(const at::Tensor& x, const Pass& pass) const { return forward(x, pass, 0, layers()); }
  // The layers first .. last-1 only, for layer-wise pre-training; `last_activated` also activates the last of them.
  at::Tensor forward(const at::Tensor& x, const Pass& pass, int64_t first, int64_t last, bool last_activated = false) const;

  // The outputs, and beside them those of `head`, another last layer on the same hidden units: [b, out + head's out]. One product for both.
  at::Tensor forward(const at::Tensor& x, const Mlp& head, const Pass& pass) const;

  at::Tensor infer(const at::Tensor& x) const {
    return nn::infer([&](const Pass& pass) { return forward(x, pass); });
  }

  int64_t layers() const { return static_cast<int64_t>(parameters_.size() / 2); }
  std::vector<Parameter*> parameters() { return parameters(0, layers()); }
  std::vector<Parameter*> parameters(int64_t first, int64_t last);
  void refresh();

 private:
  Activation activation_;
  Precision precision_;
  std::vector<Parameter> parameters_;  // weight, bias, weight, bias, …
};

}  // namespace dc::nn
