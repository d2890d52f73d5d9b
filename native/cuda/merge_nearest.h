#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace dc::cuda {

// merge_nearest of plugin.h.
cudaError_t merge_nearest_rows(const float* tile, int64_t rows, int64_t columns, int64_t first, const int64_t* own, int64_t width,
                               float* keys, int32_t* items, cudaStream_t stream);

}  // namespace dc::cuda
