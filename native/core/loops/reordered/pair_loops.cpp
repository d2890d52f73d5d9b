#include "loops/reordered/pair_loops.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <thread>

#include "loops/bfloat16_bits.h"
#include "loops/vector_clones.h"

namespace dc::loops {

namespace {

constexpr int64_t kLanes = 16;
typedef float Lanes __attribute__((vector_size(4 * kLanes), aligned(4)));

#define DC_INLINE __attribute__((always_inline)) inline

// Visits the pairs whose key is below the threshold of either (or as large, where `ties`): visit(row, column, key).
// Rows x 2 vectors of sums stay in registers; all are compared at once before any is looked at.
template <int lanes, int height, bool ties, class Visit>
DC_INLINE void near_pairs(const Panels& panels, const float* thresholds, Span rows, Span columns, const Visit& visit) {
  typedef float Vector __attribute__((vector_size(4 * lanes)));
  typedef float Unaligned __attribute__((vector_size(4 * lanes), aligned(4)));
  constexpr int parts = 2, width = parts * lanes;
  static_assert(kPanel % width == 0 && kPanel % height == 0);
  const int64_t d = panels.d;
  const bool same = rows.begin == columns.begin;
  alignas(64) float keys[height][width];
  alignas(64) float least[lanes];
  for (int64_t column = columns.begin; column < columns.end; column += width) {
    const float* right = panels.values + column / kPanel * kPanel * d + column % kPanel;
    const int64_t last_row = same ? std::min(rows.end, column + width) : rows.end;
    for (int64_t row = rows.begin; row < last_row; row += height) {
      const float* left = panels.values + row / kPanel * kPanel * d + row % kPanel;
      Vector sums[height][parts];
#pragma GCC unroll 8
      for (int r = 0; r < height; ++r) {
#pragma GCC unroll 2
        for (int c = 0; c < parts; ++c) {
          sums[r][c] = *reinterpret_cast<const Unaligned*>(panels.half_norms + column + c * lanes) + panels.half_norms[row + r];
        }
      }
      for (int64_t k = 0; k < d; ++k) {
        Vector factors[parts];
#pragma GCC unroll 2
        for (int c = 0; c < parts; ++c) factors[c] = *reinterpret_cast<const Unaligned*>(right + k * kPanel + c * lanes);
#pragma GCC unroll 8
        for (int r = 0; r < height; ++r) {
#pragma GCC unroll 2
          for (int c = 0; c < parts; ++c) sums[r][c] -= left[k * kPanel + r] * factors[c];
        }
      }
      Vector below = Vector{} + 1;
#pragma GCC unroll 8
      for (int r = 0; r < height; ++r) {
#pragma GCC unroll 2
        for (int c = 0; c < parts; ++c) {
          const Vector theirs = *reinterpret_cast<const Unaligned*>(thresholds + column + c * lanes), own = thresholds[row + r] - Vector{};
          const Vector away = sums[r][c] - (theirs > own ? theirs : own);
          below = below < away ? below : away;
        }
      }
      *reinterpret_cast<Vector*>(least) = below;
      int hit = 0;
      for (int i = 0; i < lanes; ++i) hit |= ties ? least[i] <= 0 : least[i] < 0;
      if (!hit) continue;
#pragma GCC unroll 8
      for (int r = 0; r < height; ++r) {
#pragma GCC unroll 2
        for (int c = 0; c < parts; ++c) *reinterpret_cast<Vector*>(&keys[r][c * lanes]) = sums[r][c];
      }
      const int64_t there = std::min<int64_t>(height, rows.end - row);
      for (int64_t r = 0; r < there; ++r) {
        const float own = thresholds[row + r];
        uint32_t near = 0;
        for (int c = 0; c < width; ++c) {
          const float limit = std::max(own, thresholds[column + c]);
          near |= (ties ? keys[r][c] <= limit : keys[r][c] < limit) ? 1U << c : 0U;
        }
        for (; near != 0; near &= near - 1) {
          const int64_t c = __builtin_ctz(near);
          if (column + c < columns.end && !(same && row + r >= column + c)) visit(row + r, column + c, keys[r][c]);
        }
      }
    }
  }
}

// near_pairs in the widest vectors of this CPU. Sums and what they are compared with fill its registers.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
template <bool ties, class Visit>
__attribute__((target("avx512f"))) void near_pairs_avx512(const Panels& panels, const float* thresholds, Span rows, Span columns,
                                                          const Visit& visit) {
  near_pairs<16, 8, ties>(panels, thresholds, rows, columns, visit);
}
template <bool ties, class Visit>
__attribute__((target("avx2,fma"))) void near_pairs_avx2(const Panels& panels, const float* thresholds, Span rows, Span columns,
                                                         const Visit& visit) {
  near_pairs<8, 4, ties>(panels, thresholds, rows, columns, visit);
}
#endif

template <bool ties, class Visit>
void each_near_pair(const Panels& panels, const float* thresholds, Span rows, Span columns, const Visit& visit) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  if (__builtin_cpu_supports("avx512f")) return near_pairs_avx512<ties>(panels, thresholds, rows, columns, visit);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return near_pairs_avx2<ties>(panels, thresholds, rows, columns, visit);
  }
#endif
  near_pairs<4, 4, ties>(panels, thresholds, rows, columns, visit);
}

// What other threads write meanwhile is only ever larger than what will be there.
inline float threshold_of(const MetNeighbours& lists, int64_t item) {
  float threshold;
  __atomic_load(lists.thresholds + item, &threshold, __ATOMIC_RELAXED);
  return threshold;
}

// Into the list of `owner`, unless it stands there or is no nearer than its last. Returns the threshold.
inline float insert(const MetNeighbours& lists, int64_t owner, float key, int32_t item) {
  const int64_t width = lists.width;
  float* keys = lists.keys + owner * width;
  int32_t* items = lists.items + owner * width;
  uint8_t* fresh = lists.fresh + owner * width;
  int64_t at = width - 1;
  if (key > keys[at] || (key == keys[at] && item >= items[at])) return keys[at];
  int known = 0;
  for (int64_t i = 0; i < width; ++i) known |= items[i] == item;
  if (known) return keys[at];
  for (; at > 0 && (keys[at - 1] > key || (keys[at - 1] == key && items[at - 1] > item)); --at) {
    keys[at] = keys[at - 1];
    items[at] = items[at - 1];
    fresh[at] = fresh[at - 1];
  }
  keys[at] = key;
  items[at] = item;
  fresh[at] = 1;
  __atomic_store(lists.thresholds + owner, &keys[width - 1], __ATOMIC_RELAXED);
  return keys[width - 1];
}

template <bool shared>
inline float offer(const MetNeighbours& lists, int64_t owner, float key, int32_t item) {
  if constexpr (!shared) return insert(lists, owner, key, item);
  uint8_t* lock = lists.locks + owner;
  while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) != 0) {}
  const float threshold = insert(lists, owner, key, item);
  __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
  return threshold;
}

template <bool shared>
void meet_in(const Panels& panels, float* thresholds, const MetNeighbours& lists, const Group& group) {
  const auto visit = [&](int64_t a, int64_t b, float key) {
    const int32_t first = group.items[a], second = group.items[b];
    if (first == second) return;
    if (shared ? key <= thresholds[a] : key < thresholds[a]) thresholds[a] = offer<shared>(lists, first, key, second);
    if (shared ? key <= thresholds[b] : key < thresholds[b]) thresholds[b] = offer<shared>(lists, second, key, first);
  };
  const int64_t middle = std::min(group.count, (group.fresh + kPanel - 1) / kPanel * kPanel);
  each_near_pair<shared>(panels, thresholds, {0, middle}, {0, middle}, visit);
  if (middle < group.count) each_near_pair<shared>(panels, thresholds, {middle, group.count}, {0, group.fresh}, visit);
}

template <class Number>
DC_INLINE void pack(const Codes<Number>& codes, const MetNeighbours& lists, const Group& group, const GroupSpace& space) {
  constexpr int64_t ahead = 4, line = 64 / sizeof(Number);
  const int64_t d = codes.d, padded = (group.count + kPanel - 1) / kPanel * kPanel;
  for (int64_t i = 0; i < padded; ++i) {
    float* to = space.values + i / kPanel * kPanel * d + i % kPanel;
    if (i >= group.count) {
      for (int64_t k = 0; k < d; ++k) to[k * kPanel] = 0;
      space.half_norms[i] = std::numeric_limits<float>::infinity();
      space.thresholds[i] = -1;
      continue;
    }
    if (i + ahead < group.count) {
      const int64_t next = group.items[i + ahead];
      for (int64_t k = 0; k < d; k += line) __builtin_prefetch(codes.rows + next * d + k);
      __builtin_prefetch(codes.half_norms + next);
      __builtin_prefetch(lists.thresholds + next);
    }
    const int64_t item = group.items[i];
    const Number* row = codes.rows + item * d;
    for (int64_t k = 0; k < d; ++k) to[k * kPanel] = load(row[k]);
    space.half_norms[i] = codes.half_norms[item];
    space.thresholds[i] = threshold_of(lists, item);
  }
}

template <class Number>
void meet_of(const Codes<Number>& codes, const MetNeighbours& lists, const Group& group, const GroupSpace& space, bool shared) {
  pack(codes, lists, group, space);
  const Panels panels{space.values, space.half_norms, codes.d};
  shared ? meet_in<true>(panels, space.thresholds, lists, group) : meet_in<false>(panels, space.thresholds, lists, group);
}

template <class Number>
DC_INLINE void project_of(const Codes<Number>& codes, const int32_t* items, int64_t count, const float* direction, float* products) {
  for (int64_t i = 0; i < count; ++i) {
    const Number* row = codes.rows + items[i] * codes.d;
    float sum = 0;
    for (int64_t k = 0; k < codes.d; ++k) sum += load(row[k]) * direction[k];
    products[i] = sum;
  }
}

}  // namespace

void offer_pairs(const Panels& panels, const Candidates<float>& lists, Span rows, Span columns) {
  each_near_pair<false>(panels, lists.thresholds, rows, columns, [&](int64_t row, int64_t column, float key) {
    if (key < lists.thresholds[row]) insert(lists, row, key, column);
    if (key < lists.thresholds[column]) insert(lists, column, key, row);
  });
}

DC_TARGET_CLONES Extent extent_along(const Panels& panels, Span span, const float* direction) {
  Extent extent{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
  for (int64_t item = span.begin; item < span.end; item += kPanel) {
    const float* values = panels.values + item * panels.d;
    Lanes sums[kPanel / kLanes] = {};
    for (int64_t k = 0; k < panels.d; ++k) {
#pragma GCC unroll 2
      for (int64_t part = 0; part < kPanel / kLanes; ++part) {
        sums[part] += *reinterpret_cast<const Lanes*>(values + k * kPanel + part * kLanes) * direction[k];
      }
    }
    float all[kPanel];
    std::memcpy(all, sums, sizeof all);
    const int64_t there = std::min(kPanel, span.end - item);
    for (int64_t i = 0; i < there; ++i) {
      extent.least = std::min(extent.least, all[i]);
      extent.greatest = std::max(extent.greatest, all[i]);
    }
  }
  return extent;
}

void meet(const Codes<float>& codes, const MetNeighbours& lists, const Group& group, const GroupSpace& space, bool shared) {
  meet_of(codes, lists, group, space, shared);
}
void meet(const Codes<uint16_t>& codes, const MetNeighbours& lists, const Group& group, const GroupSpace& space, bool shared) {
  meet_of(codes, lists, group, space, shared);
}

DC_TARGET_CLONES void project(const Codes<float>& codes, const int32_t* items, int64_t count, const float* direction, float* products) {
  project_of(codes, items, count, direction, products);
}
DC_TARGET_CLONES void project(const Codes<uint16_t>& codes, const int32_t* items, int64_t count, const float* direction, float* products) {
  project_of(codes, items, count, direction, products);
}

}  // namespace dc::loops
