#include "cluster/nearest_items.h"

#include "cluster/tile_merge.h"

namespace dc::cluster {

namespace {

constexpr int64_t kSlack = 8;                    // candidates beyond k
constexpr int64_t kRows = 256, kColumns = 4096;  // of a tile
constexpr int64_t kDifferenceBytes = 32 << 20;   // of the differences that are held at once

// int32 [b, width], in no order that counts.
at::Tensor candidates(const at::Tensor& x, const data::Rows& items, int64_t width, const Poll& poll) {
  const at::NoTF32Guard exact;
  const int64_t b = x.size(0);
  at::Tensor keys = at::full({b, width}, std::numeric_limits<float>::infinity(), x.options());
  at::Tensor chosen = at::zeros({b, width}, x.options().dtype(at::kInt));
  // |x - y|^2 / 2 but for what is the same for all y:  |y|^2 / 2 - x.y,  about the mean of some items, so that a common offset costs no
  // precision.
  const at::Tensor mean = items.block(0, std::min(items.n, kRowsAtATime)).mean(0), centred = x - mean;
  each_block(
      items, poll,
      [&](int64_t first, int64_t, const at::Tensor& rows) {
        const at::Tensor y = rows - mean, half_norms = (y.square().sum(1) / 2).unsqueeze(0);
        each_block(
            b, poll,
            [&](int64_t begin, int64_t end) {
              at::Tensor tile = at::addmm(half_norms, centred.slice(0, begin, end), y.t(), 1, -1), own_keys = keys.slice(0, begin, end),
                         own_items = chosen.slice(0, begin, end);
              merge_tile(tile, first, /*own=*/{}, own_keys, own_items);
            },
            kRows);
      },
      kColumns);
  return chosen;
}

}  // namespace

NearestItems nearest_items(const at::Tensor& x, const data::Rows& items, int64_t k, const Poll& poll) {
  at::NoGradGuard no_grad;
  k = std::min(k, items.n);
  const int64_t width = std::min(k + kSlack, items.n);
  const at::Tensor found = candidates(x, items, width, poll);
  NearestItems nearest{at::empty({x.size(0), k}, x.options().dtype(at::kLong)), at::empty({x.size(0), k}, x.options())};
  const int64_t at_a_time = kDifferenceBytes / (static_cast<int64_t>(sizeof(float)) * width * items.d);
  each_block(
      x.size(0), poll,
      [&](int64_t begin, int64_t end) {
        const at::Tensor positions = std::get<0>(found.slice(0, begin, end).to(at::kLong).sort(1));
        const at::Tensor others = items.gather(positions.flatten()).view({end - begin, width, items.d});
        const at::Tensor squared = (others - x.slice(0, begin, end).unsqueeze(1)).square().sum(2);
        const auto [sorted, order] = squared.sort(/*stable=*/true, 1, /*descending=*/false);
        nearest.squared_distances.slice(0, begin, end).copy_(sorted.narrow(1, 0, k));
        nearest.items.slice(0, begin, end).copy_(positions.gather(1, order).narrow(1, 0, k));
      },
      std::clamp<int64_t>(at_a_time, 1, kRows));
  return nearest;
}

}  // namespace dc::cluster
