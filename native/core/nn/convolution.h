// libtorch's convolutions, with the precision that the pass allows.
#pragma once

#include "nn/pass.h"

namespace dc::nn {

struct ConvolutionOptions {
  int64_t stride = 1, padding = 0;
  bool transposed = false;
};

// x [b, in, h, w] -> [b, out, h', w']; weight [out, in, kh, kw], or transposed [in, out, kh, kw].
//
// cuDNN does not ask at::NoTF32Guard, only a flag of the whole process: what may be rounded is said call by call.
at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                       const ConvolutionOptions& options, const Pass& pass);

}  // namespace dc::nn
