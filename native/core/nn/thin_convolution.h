// Convolutions with few maps on their outer side, as the adversarial networks have next to the image: a matrix product with the
// image's patches. A library's convolution takes up to a hundred times as long there, which depends on the processor and on the
// layout of its input (docs/benchmarks.md).
#pragma once

#include "torch.h"

namespace dc::nn {

// The window of convolutions that change the size of an image: it halves the sides of an image, or doubles them.
struct Window {
  static constexpr int64_t side = 4, stride = 2, padding = 1;
};

// Whether the functions below are meant for it: fewer than 8 maps on the outer side, float32 or bfloat16, on the CPU.
bool thin(const at::Tensor& x, int64_t outer_maps);

// conv2d: x [b, in, h, w], weight [out, in, 4, 4], bias [out] or none -> [b, out, h / 2, w / 2], rounded down, channels last.
at::Tensor thin_convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias);
// conv_transpose2d: x [b, in, h, w], weight [in, out, 4, 4], bias [out] or none -> [b, out, 2 h, 2 w], contiguous.
at::Tensor thin_transposed_convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias);

}  // namespace dc::nn
