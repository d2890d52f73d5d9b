#include "cluster/tile_merge.h"

#include "kernels.h"

namespace dc::cluster {

void merge_tile(at::Tensor& tile, int64_t first, const at::Tensor& own, at::Tensor& keys, at::Tensor& items) {
  const int64_t rows = tile.size(0), columns = tile.size(1), width = keys.size(1);
  const auto longs = tile.options().dtype(at::kLong);
  const auto& by_kernel = kernels_of(tile.device()).merge_nearest;
  if (by_kernel && width <= Kernels::most_nearest && tile.scalar_type() == at::kFloat) {
    return by_kernel(tile, first, own.defined() ? own : at::full({rows}, -1, longs), keys, items);
  }
  const at::Tensor positions = at::arange(first, first + columns, longs);
  if (own.defined()) tile.masked_fill_(own.unsqueeze(1).eq(positions), std::numeric_limits<float>::infinity());
  const auto [smallest, order] = at::cat({keys, tile}, 1).topk(width, 1, /*largest=*/false, /*sorted=*/true);
  keys.copy_(smallest);
  items.copy_(at::cat({items, positions.to(at::kInt).expand({rows, columns})}, 1).gather(1, order));
}

}  // namespace dc::cluster
