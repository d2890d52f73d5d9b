// Near neighbours of millions of items on a CPU: in time that grows hardly faster than the number of items, but without a promise to find all.
//
// Items that share a group of a random projection tree meet, for several trees; then neighbours of an item meet each other, and those that it
// is a neighbour of (NN-descent, Dong, Moses & Li 2011), until few lists change. Each group is one block of products (loops/pair_loops.h).
#pragma once

#include "data/rows.h"

namespace dc::cluster {

struct Descent {
  at::Tensor order;      // int32 [n]: the item at each position
  at::Tensor positions;  // int32 [n, width], by position: the nearest that were met, ascending by the distance of rounded items
};

// At least `width` of each item, n - 1 if there are fewer. The same seed gives the same for any number of threads.
// Throws RangeError for numbers that are not finite. `poll` is called every few groups, to abort.
Descent neighbour_descent(const data::Rows& x, int64_t width, uint64_t seed, const Poll& poll);

}  // namespace dc::cluster
