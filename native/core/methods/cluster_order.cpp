#include "methods/cluster_order.h"

namespace dc::methods {

at::Tensor order_by_clusters(const at::Tensor& labels, int64_t members, at::Generator& generator) {
  at::NoGradGuard no_grad;
  const int64_t n = labels.size(0);
  const at::Tensor shuffled = at::randperm(n, generator, labels.options());
  const auto [clusters, by_cluster] = labels.index_select(0, shuffled).sort(/*stable=*/true, 0, /*descending=*/false);
  // The position of each item in its cluster: 0, 1, …; a part begins at every `members`-th.
  const at::Tensor sizes = at::bincount(labels);
  const at::Tensor position = at::arange(n, labels.options()) - (sizes.cumsum(0) - sizes).index_select(0, clusters);
  const at::Tensor part = position.remainder(members).eq(0).to(at::kLong).cumsum(0) - 1;
  const at::Tensor place = at::randperm(n, generator, labels.options()).index_select(0, part);
  const at::Tensor order = std::get<1>(place.sort(/*stable=*/true, 0, /*descending=*/false));
  return shuffled.index_select(0, by_cluster.index_select(0, order));
}

}  // namespace dc::methods
