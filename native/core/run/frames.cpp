#include "run/frames.h"

namespace dc::run {

bool Frames::due(int64_t epoch, int64_t epochs, int64_t n) const {
  if (!items.defined()) return false;
  const double affordable = share * static_cast<double>(epochs) * static_cast<double>(n) / static_cast<double>(items.size(0));
  const int64_t wanted = std::max<int64_t>(1, std::min({count, epochs, static_cast<int64_t>(std::min(affordable, 1e9))}));
  return epoch * wanted / epochs > (epoch - 1) * wanted / epochs;
}

at::Tensor leading_components(const at::Tensor& codes, int64_t count) {
  const int64_t m = codes.size(0), d = codes.size(1);
  if (d <= count) return codes;
  const at::Tensor centred = codes - codes.mean(0);
  count = std::min(count, m);
  // Of the smaller of both Gram matrices, X^T X = V L V^T or X X^T = U L U^T: the components are X V = U sqrt(L). Eigenvalues ascend.
  if (d <= m) {
    const auto [values, vectors] = at::linalg_eigh(at::matmul(centred.t(), centred));
    return at::matmul(centred, vectors.narrow(1, d - count, count).flip(1));
  }
  const auto [values, vectors] = at::linalg_eigh(at::matmul(centred, centred.t()));
  return vectors.narrow(1, m - count, count).flip(1) * values.narrow(0, m - count, count).flip(0).clamp_min(0).sqrt();
}

}  // namespace dc::run
