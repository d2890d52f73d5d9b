#include "loops/reordered/neighbour_loops.h"

#include <algorithm>

#include "loops/vector_clones.h"

namespace dc::loops {

namespace {

constexpr int64_t kChunk = 64;  // keys that are compared at once before any is looked at

template <class Key>
__attribute__((always_inline)) inline void offer_columns_of(const Tile<Key>& tile, const Candidates<Key>& lists, int64_t begin, int64_t end,
                                                            bool among_themselves = true) {
  for (int64_t row = begin; row < end; ++row) {
    const int64_t owner = tile.first_row + row;
    const Key* keys = tile.keys + row * tile.columns;
    for (int64_t chunk = 0; chunk < tile.columns; chunk += kChunk) {
      const int64_t last = std::min(chunk + kChunk, tile.columns);
      const Key threshold = lists.thresholds[owner];
      int hit = 0;
      for (int64_t column = chunk; column < last; ++column) hit |= keys[column] < threshold;
      if (!hit) continue;
      for (int64_t column = chunk; column < last; ++column) {
        const int64_t item = tile.first_column + column;
        if (keys[column] < lists.thresholds[owner] && (item != owner || !among_themselves)) insert(lists, owner, keys[column], item);
      }
    }
  }
}

template <class Key>
__attribute__((always_inline)) inline void offer_rows_of(const Tile<Key>& tile, const Candidates<Key>& lists, int64_t rows, int64_t begin,
                                                         int64_t end) {
  for (int64_t row = 0; row < rows; ++row) {
    const Key* keys = tile.keys + row * tile.columns;
    const Key* thresholds = lists.thresholds + tile.first_column;
    for (int64_t chunk = begin; chunk < end; chunk += kChunk) {
      const int64_t last = std::min(chunk + kChunk, end);
      int hit = 0;
      for (int64_t column = chunk; column < last; ++column) hit |= keys[column] < thresholds[column];
      if (!hit) continue;
      for (int64_t column = chunk; column < last; ++column) {
        if (keys[column] < thresholds[column]) insert(lists, tile.first_column + column, keys[column], tile.first_row + row);
      }
    }
  }
}

__attribute__((always_inline)) inline float distance_of(const float* a, const float* b, int64_t d) {
  float sum = 0;
  for (int64_t i = 0; i < d; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

}  // namespace

DC_TARGET_CLONES void offer_columns(const Tile<float>& tile, const Candidates<float>& lists, int64_t begin, int64_t end) {
  offer_columns_of(tile, lists, begin, end);
}
DC_TARGET_CLONES void offer_columns(const Tile<int16_t>& tile, const Candidates<int16_t>& lists, int64_t begin, int64_t end) {
  offer_columns_of(tile, lists, begin, end);
}
DC_TARGET_CLONES void offer_others(const Tile<float>& tile, const Candidates<float>& lists, int64_t begin, int64_t end) {
  offer_columns_of(tile, lists, begin, end, /*among_themselves=*/false);
}
DC_TARGET_CLONES void offer_rows(const Tile<float>& tile, const Candidates<float>& lists, int64_t rows, int64_t begin, int64_t end) {
  offer_rows_of(tile, lists, rows, begin, end);
}
DC_TARGET_CLONES void offer_rows(const Tile<int16_t>& tile, const Candidates<int16_t>& lists, int64_t rows, int64_t begin, int64_t end) {
  offer_rows_of(tile, lists, rows, begin, end);
}

DC_TARGET_CLONES float squared_distance(const float* a, const float* b, int64_t d) { return distance_of(a, b, d); }

DC_TARGET_CLONES void squared_distances_to(const float* item, const float* x, const int32_t* items, int64_t count, int64_t d,
                                           float* distances) {
  for (int64_t i = 0; i < count; ++i) distances[i] = distance_of(item, x + items[i] * d, d);
}

DC_TARGET_CLONES void offer_all(const float* item, const float* x, int64_t first, int64_t count, int64_t d, int64_t self, int64_t width,
                                float* distances, int32_t* items) {
  for (int64_t row = 0; row < count; ++row) {
    if (first + row == self) continue;
    const float distance = distance_of(item, x + row * d, d);
    if (distance < distances[width - 1]) insert(distances, items, width, distance, static_cast<int32_t>(first + row));
  }
}

}  // namespace dc::loops
