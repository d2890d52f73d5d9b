#include "loss/contrast.h"

namespace dc::loss {

ContrastOptions ContrastOptions::read(const OptionValues& values, const std::string& prefix) {
  return {.weight = values.number(option_name(prefix, "contrast")), .temperature = values.number("temperature")};
}

at::Tensor nt_xent(const at::Tensor& a, const at::Tensor& b, double temperature) {
  const at::NoTF32Guard exact;
  const int64_t n = a.size(0);
  const at::Tensor all = at::cat({a, b});
  const at::Tensor z = all / all.norm(2, 1, true).clamp_min(1e-8);
  // l_i = -log( exp(s_ij / t) / sum over k != i of exp(s_ik / t) ),  j the other view of i
  const auto longs = at::TensorOptions().dtype(at::kLong).device(a.device());
  const at::Tensor self = at::eye(2 * n, longs.dtype(at::kBool));
  const at::Tensor similarities = (at::mm(z, z.t()) / temperature).masked_fill(self, -std::numeric_limits<double>::infinity());
  return at::cross_entropy_loss(similarities, at::arange(2 * n, longs).roll(n));
}

}  // namespace dc::loss
