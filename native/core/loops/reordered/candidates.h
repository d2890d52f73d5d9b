// Lists of the nearest candidates of items, for the loops that fill them.
#pragma once

#include <cstdint>

namespace dc::loops {

// The nearest candidates that each item has seen, sorted: `width` keys and positions an item. A key grows with the distance:
// a float, or the bits of a bfloat16 (as int16 they sort as the number does from 0 up; all below 0 is rounding, and nearest).
template <class Key>
struct Candidates {
  Key* keys;        // [n, width]
  int32_t* items;   // [n, width]
  Key* thresholds;  // [n]: the last key of each list, contiguous
  int64_t width;
};

// Puts an item into a sorted list, behind those with the same key.
template <class Key>
inline void insert(Key* keys, int32_t* items, int64_t width, Key key, int32_t item) {
  int64_t at = width - 1;
  for (; at > 0 && keys[at - 1] > key; --at) {
    keys[at] = keys[at - 1];
    items[at] = items[at - 1];
  }
  keys[at] = key;
  items[at] = item;
}

template <class Key>
inline void insert(const Candidates<Key>& lists, int64_t owner, Key key, int64_t item) {
  insert(lists.keys + owner * lists.width, lists.items + owner * lists.width, lists.width, key, static_cast<int32_t>(item));
  lists.thresholds[owner] = lists.keys[(owner + 1) * lists.width - 1];
}

}  // namespace dc::loops
