// Fully connected layers one after another: the piece that the time of a training step on the CPU goes into.
#pragma once

#include "torch.h"

namespace dc::nn {

enum class Activation { relu, leaky_relu, tanh };

// An activation by its name in the options.
Activation activation_named(const std::string& name);

// h_0 = x, h_l = activation(h_{l-1} W_l' + b_l), without activation in the last layer unless `last_activated`.
// x [n, in_0], parameters = {W_0 [out_0, in_0], b_0 [out_0], W_1, …}, all of one type -> [n, out_last], differentiable.
//
// On the CPU, in float32 and bfloat16, the stack is one node of the graph: bias and activation are the last pass of a
// product over its output, the gradients of activation and bias are one pass over the gradient, and little is dispatched
// between the products. Elsewhere, and in float64, it is the plain operators.
at::Tensor linear_stack(const at::Tensor& x, at::TensorList parameters, Activation activation, bool last_activated = false);

}  // namespace dc::nn
