// A learned tensor in two precisions. Not an optimiser, not a layer.
#pragma once

#include "torch.h"

namespace dc {

// float32: products, sums and everything else in float32.
// bfloat16: products in bfloat16 with float32 sums; parameters, optimiser state, losses, centroids, assignments in float32.
enum class Precision { float32, bfloat16 };

struct Parameter {
  std::string name;
  at::Tensor value;  // float32: what the optimiser updates, what is saved, what inference uses
  at::Tensor leaf;   // what the forward pass of a training step reads: `value` itself, or its bfloat16 copy

  // Makes `leaf` for a new `value`.
  static Parameter make(std::string name, at::Tensor value, Precision precision) {
    at::NoGradGuard no_grad;
    at::Tensor leaf = precision == Precision::bfloat16 ? value.to(at::kBFloat16) : value.detach();
    leaf.requires_grad_(true);
    return {std::move(name), std::move(value), std::move(leaf)};
  }

  bool has_copy() const { return leaf.scalar_type() != value.scalar_type(); }

  // Call after `value` was changed by anything but the optimiser.
  void refresh() {
    at::NoGradGuard no_grad;
    if (has_copy()) leaf.copy_(value);
  }
};

// What is not learned by gradients, but belongs to the state.
struct Buffer {
  std::string name;
  at::Tensor* value;
};

}  // namespace dc
