#include "cluster/neighbour_descent.h"

#include "cluster/projection_tree.h"
#include "random.h"

namespace dc::cluster {

namespace {

constexpr int64_t kTrees = 12, kLeaf = 4096;
constexpr int64_t kGroup = 64;            // an item, its nearest, and those that it is among the nearest of
constexpr int64_t kForward = kGroup / 2;  // of them its nearest
constexpr int64_t kPasses = 8;            // at most
constexpr double kChanged = 1. / 16;      // share of the lists' entries: the pass that changes less is the last
constexpr int64_t kItemsAtATime = 1 << 14;
constexpr int64_t kLongRow = 64;  // features from which rows are kept in bfloat16

class Space {
 public:
  Space(int64_t items, int64_t d) {
    const int64_t padded = (items + loops::kPanel - 1) / loops::kPanel * loops::kPanel;
    values_.resize(padded * d);
    half_norms_.resize(padded);
    thresholds_.resize(padded);
  }
  loops::GroupSpace view() { return {values_.data(), half_norms_.data(), thresholds_.data()}; }

 private:
  std::vector<float> values_, half_norms_, thresholds_;
};

// The lists of all items, and who meets whom next.
class Meetings {
 public:
  Meetings(const CentredCodes& codes, int64_t width)
      : codes_(codes),
        n_(codes.size()),
        width_(width),
        keys_(at::full({n_, width}, std::numeric_limits<float>::max())),
        items_(at::full({n_, width}, -1, at::kInt)),
        fresh_(at::zeros({n_, width}, at::kByte)),
        thresholds_(at::full({n_}, std::numeric_limits<float>::max())),
        locks_(at::zeros({n_}, at::kByte)) {}

  // Those of each group meet.
  void within(const ItemGroups& groups, const Poll& poll) {
    const int32_t* order = groups.order.const_data_ptr<int32_t>();
    as_loops_take(codes_, [&](const auto& codes) {
      each_block(
          groups.count(), poll,
          [&](int64_t first, int64_t last) {
            at::parallel_for(first, last, 1, [&](int64_t begin, int64_t end) {
              for (int64_t group = begin; group < end; ++group) {
                const loops::Span span = groups.span(group);
                const int64_t count = span.end - span.begin;
                Space space(count, codes_.features());
                loops::meet(codes, lists(), {order + span.begin, count, count}, space.view(), /*shared=*/false);
              }
            });
          },
          2 * at::get_num_threads());
    });
  }

  // Neighbours of each item meet, where one of them has come since the last pass. Returns the share of the lists' entries that changed.
  double pass(const Poll& poll) {
    gather_groups(poll);
    fresh_.zero_();
    const int32_t *groups = groups_.const_data_ptr<int32_t>(), *counts = counts_.const_data_ptr<int32_t>();
    as_loops_take(codes_, [&](const auto& codes) {
      each_block(
          n_, poll,
          [&](int64_t first, int64_t last) {
            at::parallel_for(first, last, 64, [&](int64_t begin, int64_t end) {
              Space space(kGroup, codes_.features());
              for (int64_t item = begin; item < end; ++item) {
                const int32_t* count = counts + 2 * item;
                if (count[1] > 0) loops::meet(codes, lists(), {groups + item * kGroup, count[0], count[1]}, space.view(), /*shared=*/true);
              }
            });
          },
          kItemsAtATime);
    });
    return fresh_.sum(at::kLong).item<double>() / static_cast<double>(n_ * width_);
  }

  const at::Tensor& found() const { return items_; }

 private:
  loops::MetNeighbours lists() {
    return {keys_.mutable_data_ptr<float>(),       items_.mutable_data_ptr<int32_t>(), fresh_.mutable_data_ptr<uint8_t>(),
            thresholds_.mutable_data_ptr<float>(), locks_.mutable_data_ptr<uint8_t>(), width_};
  }

  // Of each item: its nearest, the nearest of those that it is among the nearest of, and itself; who has come since the last pass first.
  void gather_groups(const Poll& poll) {
    if (!groups_.defined()) {
      groups_ = at::empty({n_, kGroup}, at::kInt);
      counts_ = at::empty({n_, 2}, at::kInt);
    }
    const int64_t forward = std::min(width_, kForward), backward = kGroup - 1 - forward;
    const int32_t* items = items_.const_data_ptr<int32_t>();
    const uint8_t* fresh = fresh_.const_data_ptr<uint8_t>();
    int32_t *groups = groups_.mutable_data_ptr<int32_t>(), *counts = counts_.mutable_data_ptr<int32_t>();
    // A thread has a range of items and reads all lists for who names one of them: rank << 1 | fresh, kept beside.
    const int64_t range = std::max<int64_t>((n_ + at::get_num_threads() - 1) / at::get_num_threads(), 1 << 12);
    poll();
    at::parallel_for(0, n_, range, [&](int64_t begin, int64_t end) {
      std::vector<uint8_t> ranks((end - begin) * backward), named(end - begin);
      for (int64_t i = 0; i < n_; ++i) {
        for (int64_t rank = 0; rank < forward; ++rank) {
          const int64_t item = items[i * width_ + rank];
          if (item < begin || item >= end) continue;
          const uint8_t mark = static_cast<uint8_t>(rank << 1 | (fresh[i * width_ + rank] != 0 ? 1 : 0));
          uint8_t *own = ranks.data() + (item - begin) * backward, &count = named[item - begin];
          int64_t at = count;
          if (count < backward) {
            ++count;
          } else {
            at = std::max_element(own, own + backward) - own;
            if (own[at] >> 1 <= rank) continue;
          }
          own[at] = mark;
          groups[item * kGroup + forward + at] = static_cast<int32_t>(i);
        }
      }
      std::vector<int32_t> others;
      for (int64_t item = begin; item < end; ++item) {
        int32_t* group = groups + item * kGroup;
        const int32_t* list = items + item * width_;
        const int64_t count = named[item - begin];
        others.clear();
        int32_t first = 0;
        std::array<int32_t, kGroup> members;
        const auto add = [&](int32_t member, bool is_fresh) {
          if (is_fresh)
            members[first++] = member;
          else
            others.push_back(member);
        };
        for (int64_t rank = 0; rank < forward; ++rank) add(list[rank], fresh[item * width_ + rank] != 0);
        for (int64_t at = 0; at < count; ++at) {
          const int32_t member = group[forward + at];
          if (std::find(list, list + forward, member) == list + forward) add(member, (ranks[(item - begin) * backward + at] & 1) != 0);
        }
        others.push_back(static_cast<int32_t>(item));
        std::copy(others.begin(), others.end(), members.begin() + first);
        counts[2 * item] = first + static_cast<int32_t>(others.size());
        counts[2 * item + 1] = first;
        std::copy_n(members.begin(), counts[2 * item], group);
      }
    });
  }

  const CentredCodes& codes_;
  int64_t n_, width_;
  at::Tensor keys_, items_, fresh_, thresholds_, locks_;
  at::Tensor groups_;  // int32 [n, kGroup]
  at::Tensor counts_;  // int32 [n, 2]: of a group, and of those that have come since the last pass
};

}  // namespace

Descent neighbour_descent(const data::Rows& x, int64_t width, uint64_t seed, const Poll& poll) {
  at::NoGradGuard no_grad;
  width = std::min(std::max(width, kForward), x.n - 1);
  const int64_t leaf = std::max(kLeaf, 4 * width);  // half of one fills a list
  CentredCodes codes = centred_codes(x, x.d < kLongRow ? at::kFloat : at::kBFloat16, poll);
  ItemGroups groups = projection_tree(codes, leaf, split_seed(seed, 0), poll);
  const at::Tensor order = groups.order;
  // Near ones stand together in memory.
  reorder(codes, order);
  groups.order = at::arange(x.n, at::kInt);
  Meetings meetings(codes, width);
  meetings.within(groups, poll);
  for (int64_t tree = 1; tree < kTrees && groups.count() > 1; ++tree) {
    groups = projection_tree(codes, leaf, split_seed(seed, tree), poll);
    meetings.within(groups, poll);
  }
  for (int64_t pass = 0; pass < kPasses && groups.count() > 1; ++pass) {
    if (meetings.pass(poll) < kChanged) break;
  }
  return {order, meetings.found()};
}

}  // namespace dc::cluster
