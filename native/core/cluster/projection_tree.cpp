#include "cluster/projection_tree.h"

#include "loops/bfloat16_bits.h"
#include "random.h"

namespace dc::cluster {

namespace {

template <class Number>
void halve(const loops::Codes<Number>& codes, int32_t* items, int64_t count, int64_t middle, uint64_t seed) {
  const int64_t d = codes.d;
  const auto drawn = [&](uint64_t which) { return codes.rows + items[split_seed(seed, which) % static_cast<uint64_t>(count)] * d; };
  const Number *a = drawn(0), *b = drawn(1);
  std::vector<float> direction(d), projections(count);
  for (int64_t k = 0; k < d; ++k) direction[k] = load(a[k]) - load(b[k]);
  loops::project(codes, items, count, direction.data(), projections.data());
  std::vector<std::pair<float, int32_t>> keyed(count);
  for (int64_t i = 0; i < count; ++i) keyed[i] = {projections[i], items[i]};
  std::nth_element(keyed.begin(), keyed.begin() + middle, keyed.end());
  for (int64_t i = 0; i < count; ++i) items[i] = keyed[i].second;
}

}  // namespace

ItemGroups projection_tree(const CentredCodes& codes, int64_t largest, uint64_t seed, const Poll& poll) {
  const int64_t n = codes.size();
  ItemGroups groups{at::arange(n, at::kInt), {n}};
  int32_t* order = groups.order.mutable_data_ptr<int32_t>();
  // Level by level.
  for (uint64_t level = 0;; ++level) {
    std::vector<loops::Span> large;
    std::vector<int64_t> ends;
    const auto middle_of = [](const loops::Span& span) { return (span.end - span.begin) / 2 / loops::kPanel * loops::kPanel; };
    for (int64_t group = 0; group < groups.count(); ++group) {
      const loops::Span span = groups.span(group);
      if (span.end - span.begin > largest) {
        large.push_back(span);
        ends.push_back(span.begin + middle_of(span));
      }
      ends.push_back(span.end);
    }
    if (large.empty()) return groups;
    poll();
    const uint64_t level_seed = split_seed(seed, level);
    as_loops_take(codes, [&](const auto& rows) {
      at::parallel_for(0, static_cast<int64_t>(large.size()), 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const loops::Span span = large[i];
          halve(rows, order + span.begin, span.end - span.begin, middle_of(span), split_seed(level_seed, i));
        }
      });
    });
    groups.ends = std::move(ends);
  }
}

}  // namespace dc::cluster
