#include "cluster/affinity.h"

#include "loops/reordered/sparse_loops.h"

namespace dc::cluster {

namespace {

constexpr int64_t kEdgesAtATime = 1 << 21;  // between two polls: a fifth of a second

Affinity from_edges(int64_t n, const at::Tensor& rows, const at::Tensor& columns, const at::Tensor& weights) {
  const at::Tensor offsets = at::cat({at::zeros({1}, rows.options()), at::bincount(rows, {}, n).cumsum(0)});
  return {n, offsets, columns, rows, weights, at::zeros({n}, weights.options()).index_add_(0, rows, weights)};
}

}  // namespace

Affinity self_tuning_affinity(const NeighbourGraph& graph, int64_t scale_neighbour, const Poll& poll) {
  at::NoGradGuard no_grad;
  const int64_t n = graph.size(), k = graph.neighbours();
  const at::Tensor squared = graph.squared_distances;
  const at::Tensor scale = squared.select(1, std::min(scale_neighbour, k) - 1).sqrt();
  const at::Tensor from = at::arange(n, graph.items.options()).unsqueeze(1).expand({n, k}).flatten();
  const at::Tensor to = graph.items.flatten();
  // w_ij = exp(-d_ij^2 / (s_i s_j)); the same in both directions, so that max(W, W') is the union of their edges
  const at::Tensor scales = (scale.index_select(0, from) * scale.index_select(0, to)).clamp_min(std::numeric_limits<float>::min());
  const at::Tensor weight = (squared.flatten() / scales).neg().exp();

  // Some rows of the union at a time: the sort of all edges at once could not be stopped.
  std::vector<at::Tensor> rows, columns, weights;
  const auto add_rows = [&](int64_t begin, int64_t end) {
    const auto leaving = [&](const at::Tensor& ends) { return ends.ge(begin).logical_and_(ends.lt(end)).nonzero().squeeze(1); };
    const bool whole = begin == 0 && end == n;
    const at::Tensor out = whole ? at::Tensor() : leaving(from), in = whole ? at::Tensor() : leaving(to);
    const auto of = [&](const at::Tensor& x, const at::Tensor& edges) { return whole ? x : x.index_select(0, edges); };
    const at::Tensor keys = at::cat({of(from, out) * n + of(to, out), of(to, in) * n + of(from, in)});
    const auto [sorted, order] = keys.sort();
    const at::Tensor first = at::cat({at::ones({1}, keys.options().dtype(at::kBool)), sorted.slice(0, 1).ne(sorted.slice(0, 0, -1))});
    const at::Tensor chosen = first.nonzero().squeeze(1);
    const at::Tensor unique = sorted.index_select(0, chosen);
    rows.push_back(unique.div(n, "floor"));
    columns.push_back(unique.remainder(n));
    weights.push_back(at::cat({of(weight, out), of(weight, in)}).index_select(0, order.index_select(0, chosen)));
  };
  each_block(n, poll, add_rows, std::max<int64_t>(1, kEdgesAtATime / k));
  return from_edges(n, at::cat(rows), at::cat(columns), at::cat(weights));
}

Affinity induced(const Affinity& affinity, const at::Tensor& kept) {
  at::NoGradGuard no_grad;
  const int64_t m = kept.size(0);
  at::Tensor number = at::full({affinity.n}, -1, kept.options());
  number.index_copy_(0, kept, at::arange(m, kept.options()));
  const at::Tensor rows = number.index_select(0, affinity.rows), columns = number.index_select(0, affinity.columns);
  const at::Tensor inside = rows.ge(0).logical_and(columns.ge(0)).nonzero().squeeze(1);
  return from_edges(m, rows.index_select(0, inside), columns.index_select(0, inside), affinity.weights.index_select(0, inside));
}

at::Tensor connected_components(const Affinity& affinity, const Poll& poll) {
  // Union-find on the host: a few milliseconds for a million edges.
  const at::Tensor rows = affinity.rows.to(at::kCPU), columns = affinity.columns.to(at::kCPU);
  std::vector<int64_t> parent(affinity.n);
  for (int64_t i = 0; i < affinity.n; ++i) parent[i] = i;
  const auto root = [&](int64_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  const auto join = [&](int64_t begin, int64_t end) {
    for (int64_t edge = begin; edge < end; ++edge) {
      const int64_t a = root(rows.data_ptr<int64_t>()[edge]), b = root(columns.data_ptr<int64_t>()[edge]);
      parent[std::max(a, b)] = std::min(a, b);
    }
  };
  each_block(rows.numel(), poll, join, kEdgesAtATime);
  at::Tensor components = at::empty({affinity.n}, at::kLong);
  int64_t* component = components.data_ptr<int64_t>();
  int64_t count = 0;
  for (int64_t i = 0; i < affinity.n; ++i) component[i] = root(i) == i ? count++ : component[root(i)];
  return components.to(affinity.rows.device());
}

double normalised_cut(const Affinity& affinity, const at::Tensor& labels, int64_t clusters) {
  at::NoGradGuard no_grad;
  const auto doubles = affinity.weights.options().dtype(at::kDouble);
  const at::Tensor from = labels.index_select(0, affinity.rows), to = labels.index_select(0, affinity.columns);
  const at::Tensor crossing = affinity.weights.to(at::kDouble) * from.ne(to).to(at::kDouble);
  const at::Tensor cut = at::zeros({clusters}, doubles).index_add_(0, from, crossing);
  const at::Tensor volume = at::zeros({clusters}, doubles).index_add_(0, labels, affinity.degrees.to(at::kDouble));
  // 1/K sum_k cut(A_k, rest) / vol(A_k)
  return at::where(volume.gt(0), cut / volume, at::ones_like(cut)).mean().item<double>();
}

NormalisedAffinity::NormalisedAffinity(const Affinity& affinity) : offsets_(affinity.offsets), columns_(affinity.columns.to(at::kInt)) {
  const at::Tensor scale = at::where(affinity.degrees.gt(0), affinity.degrees.rsqrt(), at::zeros_like(affinity.degrees));
  values_ = affinity.weights * scale.index_select(0, affinity.rows) * scale.index_select(0, affinity.columns);
  if (!values_.is_cpu())
    matrix_ =
        at::sparse_csr_tensor(offsets_, affinity.columns, values_, {affinity.n, affinity.n}, values_.options().layout(at::kSparseCsr));
}

at::Tensor NormalisedAffinity::operator()(const at::Tensor& x) const {
  if (matrix_.defined()) return at::mm(matrix_, x);
  const at::Tensor in = x.contiguous();
  at::Tensor out = at::empty_like(in);
  at::parallel_for(0, in.size(0), 256, [&](int64_t begin, int64_t end) {
    loops::multiply_rows(offsets_.data_ptr<int64_t>(), columns_.data_ptr<int32_t>(), values_.data_ptr<float>(), in.data_ptr<float>(),
                         in.size(1), begin, end, out.data_ptr<float>());
  });
  return out;
}

}  // namespace dc::cluster
