#include "cluster/neighbour_votes.h"

#include "cluster/kmeans.h"

namespace dc::cluster {

namespace {
constexpr int64_t kBlock = 256;  // new items at a time, each with its distances to all that were clustered
}

at::Tensor neighbour_votes(const at::Tensor& x, const at::Tensor& items, const at::Tensor& labels, int64_t clusters, int64_t neighbours) {
  const int64_t k = std::min(neighbours, items.size(0));
  at::Tensor votes = at::zeros({x.size(0), clusters}, x.options());
  for (int64_t begin = 0; begin < x.size(0); begin += kBlock) {
    const int64_t count = std::min(kBlock, x.size(0) - begin);
    const at::Tensor block = x.narrow(0, begin, count);
    const at::Tensor nearest = std::get<1>(squared_distances(block, items).topk(k, 1, /*largest=*/false)).flatten();
    // The distances that decide are taken from differences: an item that was clustered is at distance 0 of itself.
    const at::Tensor squared = (items.index_select(0, nearest).view({count, k, -1}) - block.unsqueeze(1)).square().sum(2);
    // A neighbour's vote weighs 1 / d^2.
    const at::Tensor weight = squared.clamp_min(1e-30).reciprocal();
    votes.narrow(0, begin, count).scatter_add_(1, labels.index_select(0, nearest).view({count, k}), weight / weight.sum(1, true));
  }
  return votes;
}

}  // namespace dc::cluster
