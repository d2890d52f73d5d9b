#include "cluster/eigenvectors.h"

namespace dc::cluster {

namespace {
constexpr int64_t kDegree = 16;      // of the filter
constexpr int64_t kIterations = 60;  // at most
constexpr int64_t kRowsOfQr = 1 << 16;

// An orthonormal basis of the columns of x [n, b], as Q of x = Q R. Of many rows by parts (Demmel, Grigori, Hoemmen & Langou 2012, TSQR):
// x_i = Q_i R_i, the R_i one above the other = S R, and Q's part i is Q_i S_i.
at::Tensor orthonormal(const at::Tensor& x, const Poll& poll) {
  const int64_t n = x.size(0), b = x.size(1);
  if (n <= kRowsOfQr) return std::get<0>(at::linalg_qr(x));
  std::vector<at::Tensor> parts, triangles;
  // No part has fewer rows than columns.
  const int64_t count = std::max<int64_t>(1, std::min(n / kRowsOfQr, n / b));
  for (const at::Tensor& part : x.tensor_split(count)) {
    poll();
    const auto [q, r] = at::linalg_qr(part);
    parts.push_back(q);
    triangles.push_back(r);
  }
  const std::vector<at::Tensor> turns = std::get<0>(at::linalg_qr(at::cat(triangles))).split(b);
  at::Tensor basis = at::empty_like(x);
  int64_t begin = 0;
  for (size_t part = 0; part < parts.size(); ++part) {
    poll();
    const int64_t rows = parts[part].size(0);
    basis.narrow(0, begin, rows).copy_(at::mm(parts[part], turns[part]));
    begin += rows;
  }
  return basis;
}

}  // namespace

Eigenpairs leading_eigenpairs(const std::function<at::Tensor(const at::Tensor&)>& apply, int64_t n, int64_t count, double tolerance,
                              at::Device device, at::Generator& generator, const Poll& poll) {
  at::NoGradGuard no_grad;
  const at::NoTF32Guard exact;
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(device);
  // The filter separates what is wanted from what lies below the block: some vectors more than wanted widen the gap.
  const int64_t block = std::min(n, count + std::max<int64_t>(8, count / 2));
  at::Tensor x = orthonormal(at::randn({n, block}, generator, floats), poll);
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
    x = orthonormal(filtered / filtered.norm(2, 0, true), poll);
  }
  result.values = result.values.to(at::kCPU);
  result.vectors = result.vectors.contiguous();
  return result;
}

}  // namespace dc::cluster
