// The nearest candidates of rows, kept up from tile to tile of a matrix of distances: by the device's kernel where it has one.
#pragma once

#include "torch.h"

namespace dc::cluster {

// keys float32 [rows, width] ascending and items int32 [rows, width]: the smallest numbers so far and their columns, updated with
// tile float32 [rows, columns], whose first column is the one at `first`. own int64 [rows]: a column that is left out in each row; undefined
// where none is. The tile may be written to. All contiguous.
void merge_tile(at::Tensor& tile, int64_t first, const at::Tensor& own, at::Tensor& keys, at::Tensor& items);

}  // namespace dc::cluster
