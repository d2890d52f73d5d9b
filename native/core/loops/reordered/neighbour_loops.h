// The inner loops of knn_graph.h on a CPU, in files without torch headers so that they can be compiled with their own flags.
#pragma once

#include <cstdint>

#include "loops/reordered/candidates.h"

namespace dc::loops {

// A tile of keys: rows are the items from `first_row` on, columns those from `first_column` on.
template <class Key>
struct Tile {
  const Key* keys;  // row-major, `columns` to a row
  int64_t first_row, first_column, columns;
};

// Offers columns to the lists of rows [begin, end) of the tile. An item is never its own neighbour.
void offer_columns(const Tile<float>& tile, const Candidates<float>& lists, int64_t begin, int64_t end);
void offer_columns(const Tile<int16_t>& tile, const Candidates<int16_t>& lists, int64_t begin, int64_t end);

// The same where rows are not among the items.
void offer_others(const Tile<float>& tile, const Candidates<float>& lists, int64_t begin, int64_t end);

// Offers `rows` rows to the lists of columns [begin, end) of the tile.
void offer_rows(const Tile<float>& tile, const Candidates<float>& lists, int64_t rows, int64_t begin, int64_t end);
void offer_rows(const Tile<int16_t>& tile, const Candidates<int16_t>& lists, int64_t rows, int64_t begin, int64_t end);

// |a - b|^2 of two rows of d floats, from their differences.
float squared_distance(const float* a, const float* b, int64_t d);

// Squared distances of one item to `count` items of x [n, d].
void squared_distances_to(const float* item, const float* x, const int32_t* items, int64_t count, int64_t d, float* distances);

// Offers `count` rows of x [count, d], which stand at `first` …, to the list of an item that stands at `self` and is left out: its `width`
// nearest so far, ascending by (distance, position). Calls come in the order of the positions.
void offer_all(const float* item, const float* x, int64_t first, int64_t count, int64_t d, int64_t self, int64_t width, float* distances,
               int32_t* items);

}  // namespace dc::loops
