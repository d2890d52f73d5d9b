#include "cluster/near_blocks.h"

namespace dc::cluster {

namespace {

constexpr int64_t kLargestBlock = 512, kSmallestBlock = 64;  // as much as stays in the cache while all pairs of two are looked at
constexpr int64_t kBlocks = 64;                              // at least, where there are items for so many: work for threads
constexpr int64_t kPairsAtATime = 512;                       // pairs of blocks between two polls
constexpr int64_t kSampledBlocks = 48;
constexpr uint64_t kSeed = 1;  // of the order, which changes no result

int64_t block_size(int64_t n) {
  const int64_t size = std::clamp(n / kBlocks, kSmallestBlock, kLargestBlock);
  return size / loops::kPanel * loops::kPanel;
}

}  // namespace

struct NearBlocks::Lists {
  at::Tensor keys, items, thresholds;

  Lists(int64_t n, int64_t padded, int64_t width)
      : keys(at::full({n, width}, std::numeric_limits<float>::max())),
        items(at::zeros({n, width}, at::kInt)),
        thresholds(at::full({padded}, std::numeric_limits<float>::max())) {}

  loops::Candidates<float> view() const {
    return {keys.mutable_data_ptr<float>(), items.mutable_data_ptr<int32_t>(), thresholds.mutable_data_ptr<float>(), keys.size(1)};
  }
};

NearBlocks::NearBlocks(const data::Rows& x, const Poll& poll) : n_(x.n), d_(x.d) {
  constexpr int64_t side = loops::kPanel;
  const CentredCodes codes = centred_codes(x, at::kFloat, poll);
  groups_ = projection_tree(codes, block_size(n_), kSeed, poll);
  const int64_t count = (n_ + side - 1) / side;
  panels_ = at::zeros({count, d_, side});
  panel_norms_ = at::full({count * side}, std::numeric_limits<float>::infinity());
  half_norms_ = panel_norms_.narrow(0, 0, n_);
  at::index_select_out(half_norms_, codes.half_norms, 0, groups_.order);
  centres_ = at::empty({groups_.count(), d_});
  norms_.resize(groups_.count());
  for (int64_t group = 0; group < groups_.count(); ++group) {
    poll();
    const auto [begin, end] = groups_.span(group);
    const at::Tensor rows = codes.rows.index_select(0, groups_.order.slice(0, begin, end));
    centres_[group] = rows.mean(0);
    norms_[group] = std::sqrt(2 * half_norms_.slice(0, begin, end).max().item<float>());
    const int64_t whole = (end - begin) / side;
    panels_.narrow(0, begin / side, whole).copy_(rows.narrow(0, 0, whole * side).view({whole, side, d_}).transpose(1, 2));
    if (whole * side < end - begin) {  // the last panel of all
      const at::Tensor rest = rows.slice(0, whole * side);
      panels_[count - 1].narrow(1, 0, rest.size(0)).copy_(rest.t());
    }
  }
}

bool NearBlocks::may_hold_neighbours(const Lists& lists, int64_t a, int64_t b) const {
  const loops::Panels panels{panels_.const_data_ptr<float>(), panel_norms_.const_data_ptr<float>(), d_};
  const loops::Span first = groups_.span(a), second = groups_.span(b);
  const float *thresholds = lists.thresholds.const_data_ptr<float>(), *from = centres_.const_data_ptr<float>() + a * d_,
              *to = centres_.const_data_ptr<float>() + b * d_;
  std::vector<float> direction(d_);
  double squared = 0;
  for (int64_t k = 0; k < d_; ++k) {
    direction[k] = to[k] - from[k];
    squared += static_cast<double>(direction[k]) * direction[k];
  }
  if (!(squared > 0)) return true;
  // Projections are sums of d products: off by at most 2 d u |x| |direction|.
  const double error = 2 * static_cast<double>(d_ + 2) * std::exp2(-24) * (static_cast<double>(norms_[a]) + norms_[b]);
  const double gap = (static_cast<double>(loops::extent_along(panels, second, direction.data()).least) -
                      loops::extent_along(panels, first, direction.data()).greatest) /
                         std::sqrt(squared) -
                     error;
  const double worst = std::max(*std::max_element(thresholds + first.begin, thresholds + first.end),
                                *std::max_element(thresholds + second.begin, thresholds + second.end));
  return !(gap > 0 && gap * gap / 2 * (1 - 1e-6) > worst);
}

double NearBlocks::share(int64_t width) const {
  const int64_t count = groups_.count(), step = (count + kSampledBlocks - 1) / kSampledBlocks;
  const loops::Panels panels{panels_.const_data_ptr<float>(), panel_norms_.const_data_ptr<float>(), d_};
  const Lists lists(n_, panel_norms_.size(0), width);
  for (int64_t group = 0; group < count; group += step) loops::offer_pairs(panels, lists.view(), groups_.span(group), groups_.span(group));
  int64_t pairs = 0, near = 0;
  for (int64_t a = 0; a < count; a += step) {
    for (int64_t b = a + step; b < count; b += step) {
      ++pairs;
      near += may_hold_neighbours(lists, a, b) ? 1 : 0;
    }
  }
  return pairs == 0 ? 1 : static_cast<double>(near) / static_cast<double>(pairs);
}

NearBlocks::Found NearBlocks::candidates(int64_t width, const Poll& poll) const {
  const loops::Panels panels{panels_.const_data_ptr<float>(), panel_norms_.const_data_ptr<float>(), d_};
  const Lists lists(n_, panel_norms_.size(0), width);
  const int64_t count = groups_.count();
  each_block(
      count, poll,
      [&](int64_t first, int64_t last) {
        at::parallel_for(first, last, 1, [&](int64_t begin, int64_t end) {
          for (int64_t group = begin; group < end; ++group) {
            loops::offer_pairs(panels, lists.view(), groups_.span(group), groups_.span(group));
          }
        });
      },
      kPairsAtATime);
  // Then rounds of a tournament: in each a block is in one pair, so that no two threads write to one list. With an odd count one rests.
  const int64_t players = count + count % 2, others = players - 1;
  for (int64_t round = 0; round < others; ++round) {
    each_block(
        players / 2, poll,
        [&](int64_t first, int64_t last) {
          at::parallel_for(first, last, 1, [&](int64_t begin, int64_t end) {
            for (int64_t pair = begin; pair < end; ++pair) {
              const int64_t a = pair == 0 ? others : (round + pair) % others, b = (round + others - pair) % others;
              if (a >= count || b >= count || !may_hold_neighbours(lists, a, b)) continue;
              loops::offer_pairs(panels, lists.view(), groups_.span(a), groups_.span(b));
            }
          });
        },
        kPairsAtATime);
  }
  return {lists.items, lists.thresholds.narrow(0, 0, n_)};
}

}  // namespace dc::cluster
