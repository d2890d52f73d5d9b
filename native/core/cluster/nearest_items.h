// The nearest of many items to rows that are not among them, by tiles of matrix products: never a matrix of rows x items.
//
// Candidates come from products, a few more than are asked for; their distances are computed anew from differences in float32.
#pragma once

#include "data/rows.h"

namespace dc::cluster {

struct NearestItems {
  at::Tensor items;              // int64 [b, k]: positions, nearest first; ties go to the lower position
  at::Tensor squared_distances;  // float32 [b, k]
};

// For x float32 [b, d], a block of rows, the k nearest of `items`, all if there are fewer. `poll` is called once a tile, to abort.
NearestItems nearest_items(const at::Tensor& x, const data::Rows& items, int64_t k, const Poll& poll);

}  // namespace dc::cluster
