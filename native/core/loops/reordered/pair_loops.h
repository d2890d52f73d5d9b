// All pairs of two groups of items on a CPU, in registers: products that never become a tile in memory, offered to lists of neighbours.
#pragma once

#include <cstdint>

#include "loops/reordered/candidates.h"

namespace dc::loops {

constexpr int64_t kPanel = 32;  // items of a panel

// Items side by side, so that one instruction takes many: [ceil(n / kPanel)][d][kPanel], and half their squared norms. What fills the last
// panel up is 0 with a norm of infinity, and so near to nothing.
struct Panels {
  const float* values;
  const float* half_norms;
  int64_t d;
};

// Positions begin … end - 1, begin a multiple of kPanel.
struct Span {
  int64_t begin, end;
};

// Offers each pair of an item of one span and an item of another to the lists of both; of one span with itself, each pair once. Two spans are
// the same or have nothing in common. `lists.thresholds` can be read up to the end of the last panel.
void offer_pairs(const Panels& panels, const Candidates<float>& lists, Span rows, Span columns);

// The least and the greatest projection of a span's items on a direction.
struct Extent {
  float least, greatest;
};
Extent extent_along(const Panels& panels, Span span, const float* direction);

// Rows of numbers that are read by position: floats, or the bits of bfloat16.
template <class Number>
struct Codes {
  const Number* rows;       // [n, d]
  const float* half_norms;  // [n]
  int64_t d;
};

// The nearest that each item has met so far, ascending by (key, item), nobody twice. What was offered in no order leaves the same lists.
struct MetNeighbours {
  float* keys;        // [n, width], half squared distances
  int32_t* items;     // [n, width]
  uint8_t* fresh;     // [n, width]: has come since this was last set to 0
  float* thresholds;  // [n]: the last keys
  uint8_t* locks;     // [n], all 0
  int64_t width;
};

// Room for one group: d * kPanel floats a panel, and twice kPanel.
struct GroupSpace {
  float* values;
  float* half_norms;
  float* thresholds;
};

// Items that are to meet: of `count`, the first `fresh` meet all, the others have met.
struct Group {
  const int32_t* items;
  int64_t count, fresh;
};

// Offers the pairs of a group to the lists of both. `shared`: other threads offer to the same lists.
void meet(const Codes<float>& codes, const MetNeighbours& lists, const Group& group, const GroupSpace& space, bool shared);
void meet(const Codes<uint16_t>& codes, const MetNeighbours& lists, const Group& group, const GroupSpace& space, bool shared);

// The products of some rows with a direction.
void project(const Codes<float>& codes, const int32_t* items, int64_t count, const float* direction, float* products);
void project(const Codes<uint16_t>& codes, const int32_t* items, int64_t count, const float* direction, float* products);

}  // namespace dc::loops
