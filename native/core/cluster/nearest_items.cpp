#include "cluster/nearest_items.h"

#include "cluster/tile_merge.h"
#include "loops/reordered/neighbour_loops.h"

namespace dc::cluster {

namespace {

constexpr int64_t kSlack = 8;                    // candidates beyond k
constexpr int64_t kRows = 256, kColumns = 4096;  // of a tile
constexpr int64_t kRowsOfThread = 32;
constexpr int64_t kDifferenceBytes = 32 << 20;  // of the differences that are held at once

// Offers a tile's columns to the lists of its rows: on a CPU by a loop that looks at those alone which are nearer than what a list has.
class Lists {
 public:
  Lists(int64_t rows, int64_t width, const at::TensorOptions& options)
      : keys_(at::full({rows, width}, std::numeric_limits<float>::infinity(), options)),
        items_(at::zeros({rows, width}, options.dtype(at::kInt))),
        furthest_(at::full({rows}, std::numeric_limits<float>::infinity(), options)) {}

  // tile [end - begin, columns]: rows from `begin`, items from `first`.
  void offer(at::Tensor& tile, int64_t begin, int64_t end, int64_t first) {
    at::Tensor keys = keys_.slice(0, begin, end), items = items_.slice(0, begin, end);
    if (!tile.is_cpu()) return merge_tile(tile, first, /*own=*/{}, keys, items);
    const loops::Candidates<float> lists{keys.data_ptr<float>(), items.data_ptr<int32_t>(),
                                         furthest_.slice(0, begin, end).data_ptr<float>(), keys.size(1)};
    const loops::Tile<float> view{tile.data_ptr<float>(), /*first_row=*/0, first, tile.size(1)};
    at::parallel_for(0, end - begin, kRowsOfThread, [&](int64_t from, int64_t to) { loops::offer_others(view, lists, from, to); });
  }

  const at::Tensor& items() const { return items_; }

 private:
  at::Tensor keys_, items_, furthest_;
};

// int32 [b, width], in no order that counts.
at::Tensor candidates(const at::Tensor& x, const data::Rows& items, int64_t width, const Poll& poll) {
  const at::NoTF32Guard exact;
  const int64_t b = x.size(0);
  Lists lists(b, width, x.options());
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
              at::Tensor tile = at::addmm(half_norms, centred.slice(0, begin, end), y.t(), 1, -1);
              lists.offer(tile, begin, end, first);
            },
            kRows);
      },
      kColumns);
  return lists.items();
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
