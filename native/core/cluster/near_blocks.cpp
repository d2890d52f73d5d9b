#include "cluster/near_blocks.h"

#include "loops/reordered/neighbour_loops.h"

namespace dc::cluster {

namespace {

constexpr int64_t kLargestBlock = 512, kSmallestBlock = 64;  // as much as stays in the cache while all pairs of two are looked at
constexpr int64_t kBlocks = 64;                              // at least, where there are items for so many: work for threads
constexpr int64_t kPairsAtATime = 512;                       // pairs of blocks between two polls
constexpr int64_t kBatch = 8;                                // blocks that are told apart at once where they can be
constexpr int64_t kSampledBlocks = 48;
constexpr uint64_t kSeed = 1;  // of the order, which changes no result

// Pairs of blocks in rounds of a tournament: in each round a block is in one pair, so that no two threads write to one list.
template <class Visit>
void each_pair_once(int64_t count, const Poll& poll, const Visit& visit) {
  const int64_t players = count + count % 2, others = players - 1;  // with an odd count one rests
  for (int64_t round = 0; round < others; ++round) {
    each_block(
        players / 2, poll,
        [&](int64_t first, int64_t last) {
          at::parallel_for(first, last, 1, [&](int64_t begin, int64_t end) {
            for (int64_t pair = begin; pair < end; ++pair) {
              const int64_t a = pair == 0 ? others : (round + pair) % others, b = (round + others - pair) % others;
              if (a < count && b < count) visit(a, b);
            }
          });
        },
        kPairsAtATime);
  }
}

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
  for (int64_t group = 0; group < groups_.count(); ++group) {
    poll();
    const loops::Span span = groups_.span(group);
    const auto [begin, end] = span;
    const at::Tensor rows = codes.rows.index_select(0, groups_.order.slice(0, begin, end));
    blocks_.push_back(block_of(span, rows.mean(0)));
    const int64_t whole = (end - begin) / side;
    panels_.narrow(0, begin / side, whole).copy_(rows.narrow(0, 0, whole * side).view({whole, side, d_}).transpose(1, 2));
    if (whole * side < end - begin) {  // the last panel of all
      const at::Tensor rest = rows.slice(0, whole * side);
      panels_[count - 1].narrow(1, 0, rest.size(0)).copy_(rest.t());
    }
  }
}

float NearBlocks::worst_of(const Lists& lists, loops::Span span) {
  const float* thresholds = lists.thresholds.const_data_ptr<float>();
  return *std::max_element(thresholds + span.begin, thresholds + span.end);
}

NearBlocks::Block NearBlocks::block_of(loops::Span span, const at::Tensor& centre) const {
  const float* values = centre.const_data_ptr<float>();
  return {span, {values, values + d_}, std::sqrt(2 * half_norms_.slice(0, span.begin, span.end).max().item<float>())};
}

bool NearBlocks::may_hold_neighbours(const Lists& lists, const Block& a, const Block& b) const {
  const loops::Panels panels{panels_.const_data_ptr<float>(), panel_norms_.const_data_ptr<float>(), d_};
  const double worst = std::max(worst_of(lists, a.span), worst_of(lists, b.span));
  std::vector<float> direction(d_);
  double squared = 0;
  for (int64_t k = 0; k < d_; ++k) {
    direction[k] = b.centre[k] - a.centre[k];
    squared += static_cast<double>(direction[k]) * direction[k];
  }
  if (!(squared / 2 > worst)) return true;  // the gap is no wider than the distance of the centres
  // Projections are sums of d products: off by at most 2 d u |x| |direction|.
  const double error = 2 * static_cast<double>(d_ + 2) * std::exp2(-24) * (static_cast<double>(a.norm) + b.norm);
  const double gap = (static_cast<double>(loops::extent_along(panels, b.span, direction.data()).least) -
                      loops::extent_along(panels, a.span, direction.data()).greatest) /
                         std::sqrt(squared) -
                     error;
  return !(gap > 0 && gap * gap / 2 * (1 - 1e-6) > worst);
}

double NearBlocks::share(int64_t width) const {
  const int64_t count = static_cast<int64_t>(blocks_.size()), step = (count + kSampledBlocks - 1) / kSampledBlocks;
  const loops::Panels panels{panels_.const_data_ptr<float>(), panel_norms_.const_data_ptr<float>(), d_};
  const Lists lists(n_, panel_norms_.size(0), width);
  for (int64_t group = 0; group < count; group += step) loops::offer_pairs(panels, lists.view(), blocks_[group].span, blocks_[group].span);
  int64_t pairs = 0, near = 0;
  for (int64_t a = 0; a < count; a += step) {
    for (int64_t b = a + step; b < count; b += step) {
      ++pairs;
      near += may_hold_neighbours(lists, blocks_[a], blocks_[b]) ? 1 : 0;
    }
  }
  return pairs == 0 ? 1 : static_cast<double>(near) / static_cast<double>(pairs);
}

std::vector<uint8_t> NearBlocks::batches_apart(const Lists& lists, const Poll& poll) const {
  std::vector<Block> batches;
  for (size_t first = 0; first < blocks_.size(); first += kBatch) {
    Block batch = blocks_[first];
    for (size_t next = first + 1; next < std::min(first + kBatch, blocks_.size()); ++next) {
      batch.span.end = blocks_[next].span.end;
      batch.norm = std::max(batch.norm, blocks_[next].norm);
      for (int64_t k = 0; k < d_; ++k)
        batch.centre[k] += (blocks_[next].centre[k] - batch.centre[k]) / static_cast<float>(next - first + 1);
    }
    batches.push_back(std::move(batch));
  }
  const int64_t count = static_cast<int64_t>(batches.size());
  std::vector<uint8_t> apart(count * count);
  each_block(
      count, poll,
      [&](int64_t first, int64_t last) {
        at::parallel_for(first, last, 1, [&](int64_t begin, int64_t end) {
          for (int64_t a = begin; a < end; ++a) {
            for (int64_t b = 0; b < a; ++b) {
              apart[a * count + b] = apart[b * count + a] = may_hold_neighbours(lists, batches[a], batches[b]) ? 0 : 1;
            }
          }
        });
      },
      /*rows=*/8);
  return apart;
}

NearBlocks::Found NearBlocks::candidates(int64_t width, const Poll& poll) const {
  const loops::Panels panels{panels_.const_data_ptr<float>(), panel_norms_.const_data_ptr<float>(), d_};
  const Lists lists(n_, panel_norms_.size(0), width);
  const int64_t count = static_cast<int64_t>(blocks_.size());
  each_block(
      count, poll,
      [&](int64_t first, int64_t last) {
        at::parallel_for(first, last, 1, [&](int64_t begin, int64_t end) {
          for (int64_t group = begin; group < end; ++group) {
            loops::offer_pairs(panels, lists.view(), blocks_[group].span, blocks_[group].span);
          }
        });
      },
      kPairsAtATime);
  // Then those whose centres are near, so that the lists are nearly what they will be when it is asked whether the others are too far apart.
  std::vector<float> worst(count);
  for (int64_t block = 0; block < count; ++block) worst[block] = worst_of(lists, blocks_[block].span);
  const auto centres_are_near = [&](int64_t a, int64_t b) {
    return loops::squared_distance(blocks_[a].centre.data(), blocks_[b].centre.data(), d_) / 2 <= std::max(worst[a], worst[b]);
  };
  const auto offer = [&](int64_t a, int64_t b) { loops::offer_pairs(panels, lists.view(), blocks_[a].span, blocks_[b].span); };
  each_pair_once(count, poll, [&](int64_t a, int64_t b) {
    if (centres_are_near(a, b)) offer(a, b);
  });
  const std::vector<uint8_t> apart = batches_apart(lists, poll);
  const int64_t batches = (count + kBatch - 1) / kBatch;
  each_pair_once(count, poll, [&](int64_t a, int64_t b) {
    if (apart[a / kBatch * batches + b / kBatch] != 0 || centres_are_near(a, b)) return;
    if (may_hold_neighbours(lists, blocks_[a], blocks_[b])) offer(a, b);
  });
  return {lists.items, lists.thresholds.narrow(0, 0, n_)};
}

}  // namespace dc::cluster
