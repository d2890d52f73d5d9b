// Launches the kernel of gather_rows.cu.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace dc::cuda {

// out[b, d] = data[index[b], d] * scale. data uint8 [n, features], index int64 [rows], out float32 [rows, features].
cudaError_t gather_rows_u8(const uint8_t* data, const int64_t* index, float* out, int64_t rows, int64_t features, float scale,
                           cudaStream_t stream);

}  // namespace dc::cuda
