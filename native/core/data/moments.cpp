#include "data/moments.h"

namespace dc::data {

Moments moments_of(const Rows& rows, const Poll& poll) {
  at::NoGradGuard no_grad;
  const auto doubles = at::TensorOptions().dtype(at::kDouble).device(rows.device);
  const at::Tensor origin = rows.block(0, 1).to(at::kDouble);
  at::Tensor sum = at::zeros({rows.d}, doubles), squares = at::zeros({rows.d}, doubles);
  each_block(rows, poll, [&](int64_t, int64_t, const at::Tensor& block) {
    const at::Tensor x = block.to(at::kDouble) - origin;
    sum += x.sum(0);
    squares += x.square().sum(0);
  });
  // E[x] = o + E[x - o],  Var x = E[(x - o)^2] - E[x - o]^2
  const double n = static_cast<double>(rows.n);
  return {origin.squeeze(0) + sum / n, (squares / n - (sum / n).square()).clamp_min(0)};
}

}  // namespace dc::data
