#include "cluster/neighbour_votes.h"

#include "cluster/nearest_items.h"

namespace dc::cluster {

at::Tensor neighbour_votes(const at::Tensor& x, const at::Tensor& items, const at::Tensor& labels, int64_t clusters, int64_t neighbours) {
  const NearestItems nearest = nearest_items(x, data::Rows::of(items), neighbours, [] {});
  // A neighbour's vote weighs 1 / d^2.
  const at::Tensor weight = nearest.squared_distances.clamp_min(1e-30).reciprocal();
  const at::Tensor of = labels.index_select(0, nearest.items.flatten()).view_as(nearest.items);
  return at::zeros({x.size(0), clusters}, x.options()).scatter_add_(1, of, weight / weight.sum(1, true));
}

}  // namespace dc::cluster
