// The selection of a neighbour graph: the nearest of each row, kept up from one tile of products to the next in one pass over the tile,
// where topk and what joins its results to the lists take several.
#include <cmath>

#include "merge_nearest.cuh"

#include "merge_nearest.h"

namespace dc::cuda {

cudaError_t merge_nearest_rows(const float* tile, int64_t rows, int64_t columns, int64_t first, const int64_t* own, int64_t width,
                               float* keys, int32_t* items, cudaStream_t stream) {
  if (width < 1 || width > kMostKept) return cudaErrorInvalidValue;
  if (rows == 0 || columns == 0) return cudaSuccess;
  const auto blocks = static_cast<unsigned>((rows + kWarps - 1) / kWarps);
  merge_nearest<<<blocks, kWarps * kLanes, 0, stream>>>(tile, rows, columns, first, own, static_cast<int>(width), keys, items);
  return cudaGetLastError();
}

}  // namespace dc::cuda
