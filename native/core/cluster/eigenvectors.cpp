#include "cluster/eigenvectors.h"

namespace dc::cluster {

namespace {
constexpr int64_t kDegree = 16;      // of the filter
constexpr int64_t kIterations = 60;  // at most
}  // namespace

Eigenpairs leading_eigenpairs(const std::function<at::Tensor(const at::Tensor&)>& apply, int64_t n, int64_t count, double tolerance,
                              at::Device device, at::Generator& generator, const std::function<void()>& poll) {
  at::NoGradGuard no_grad;
  const at::NoTF32Guard exact;
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(device);
  // The filter separates what is wanted from what lies below the block: some vectors more than wanted widen the gap.
  const int64_t block = std::min(n, count + std::max<int64_t>(8, count / 2));
  at::Tensor x = std::get<0>(at::linalg_qr(at::randn({n, block}, generator, floats)));
  Eigenpairs result{.values = {}, .vectors = {}, .residual = 0, .products = 0};
  for (int64_t iteration = 0; iteration < kIterations; ++iteration) {
    poll();
    at::Tensor ax = apply(x);
    // Rayleigh-Ritz: the eigenpairs of A within the block
    const at::Tensor projected = at::mm(x.t(), ax).to(at::kDouble);
    const auto [ascending, rotation] = at::linalg_eigh((projected + projected.t()) / 2);
    const at::Tensor values = ascending.flip(0);
    const at::Tensor turn = rotation.flip(1).to(at::kFloat);
    x = at::mm(x, turn);
    ax = at::mm(ax, turn);
    result.products += block;
    const at::Tensor residuals = (ax - x * values.to(at::kFloat)).norm(2, 0).narrow(0, 0, count);
    result.residual = residuals.max().item<double>();
    result.values = values.narrow(0, 0, count);
    result.vectors = x.narrow(1, 0, count);
    if (result.residual < tolerance || block == n || iteration + 1 == kIterations) break;
    // T_m((A - c) / e) with [c - e, c + e] = [-1, lowest Ritz value]: at most 1 there, and growing fast above.
    //   T_0 = x, T_1 = (A - c) x / e, T_j+1 = 2 (A - c) T_j / e - T_j-1
    const double lowest = std::clamp(values[block - 1].item<double>(), -0.9, 0.9999);
    const double half_width = (lowest + 1) / 2, center = (lowest - 1) / 2;
    at::Tensor before = x;
    at::Tensor filtered = (ax - x * center) / half_width;
    for (int64_t degree = 1; degree < kDegree; ++degree) {
      poll();
      at::Tensor next = (apply(filtered) - filtered * center) * (2 / half_width) - before;
      before = filtered;
      filtered = next;
    }
    result.products += block * (kDegree - 1);
    x = std::get<0>(at::linalg_qr(filtered / filtered.norm(2, 0, true)));
  }
  result.values = result.values.to(at::kCPU);
  result.vectors = result.vectors.contiguous();
  return result;
}

}  // namespace dc::cluster
