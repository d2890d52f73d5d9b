// How far reconstructions are from their targets, as one node of the graph where that is faster.
#pragma once

#include "torch.h"

namespace dc::nn {

// Both take an output [n, d], float32 or bfloat16, and a target [n, d] in float32 that needs no gradient, and return
// factor * (the sum over the features, mean over the n items): a float32 scalar, differentiable by the output.
// On the CPU the gradient is made in the same pass as the value.

// |output - target|^2
at::Tensor squared_error(const at::Tensor& output, const at::Tensor& target, double factor = 1);

// -log p(target | output) of Bernoulli variables with logits `output`: max(o, 0) - o t + log(1 + exp(-|o|)).
at::Tensor bernoulli_error(const at::Tensor& output, const at::Tensor& target, double factor = 1);

}  // namespace dc::nn
