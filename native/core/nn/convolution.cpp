#include "nn/convolution.h"

#include <ATen/Context.h>

namespace dc::nn {

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                       const ConvolutionOptions& options, const Pass& pass) {
  const std::vector<int64_t> stride(2, options.stride), padding(2, options.padding), none(2, 0), one(2, 1);
  if (pass.trains()) return at::convolution(x, weight, bias, stride, padding, one, options.transposed, none, /*groups=*/1);
  const at::Context& context = at::globalContext();
  return at::_convolution(x, weight, bias, stride, padding, one, options.transposed, none, /*groups=*/1, context.benchmarkCuDNN(),
                          context.deterministicCuDNN(), context.userEnabledCuDNN(), /*allow_tf32=*/false);
}

}  // namespace dc::nn
