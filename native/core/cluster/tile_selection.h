// The nearest candidates of rows, kept up from tile to tile of a matrix of distances, on a device that has a kernel for it.
#pragma once

#include "torch.h"

namespace dc::cluster {

// tile float32 [rows, columns]: columns `first` … of the matrix; own int64 [rows]: a column that is left out in each row. keys float32
// [rows, width] ascending and items int32 [rows, width]: the smallest numbers so far and their columns; updated. All contiguous.
using TileSelection =
    std::function<void(const at::Tensor& tile, int64_t first, const at::Tensor& own, at::Tensor& keys, at::Tensor& items)>;

// The most that the kernels keep of a row.
constexpr int64_t kMostSelected = 128;

// The selection of a device; empty where it has none.
const TileSelection& tile_selection(at::Device device);

void set_tile_selection(at::DeviceType type, TileSelection selection);

}  // namespace dc::cluster
