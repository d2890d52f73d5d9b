// A batch of byte rows as float32, by index: one pass over memory where libtorch takes three (gather, cast, scale).
// B = rows of the batch, D = features.
#include "gather_rows.h"

namespace dc::cuda {

namespace {

constexpr int kThreads = 256;
constexpr int kMaximalBlocks = 4096;

// Four features a thread: bytes are read and floats written in words of 4 and 16 bytes. D is a multiple of 4.
__global__ void gather_rows_u8_by_4(const uchar4* __restrict__ data, const int64_t* __restrict__ index, float4* __restrict__ out, int64_t count,
                                    int64_t words, float scale) {
  for (int64_t i = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x; i < count; i += static_cast<int64_t>(gridDim.x) * blockDim.x) {
    const int64_t b = i / words, word = i - b * words;
    const uchar4 x = data[index[b] * words + word];
    out[i] = make_float4(x.x * scale, x.y * scale, x.z * scale, x.w * scale);
  }
}

__global__ void gather_rows_u8_by_1(const uint8_t* __restrict__ data, const int64_t* __restrict__ index, float* __restrict__ out, int64_t count,
                                    int64_t features, float scale) {
  for (int64_t i = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x; i < count; i += static_cast<int64_t>(gridDim.x) * blockDim.x) {
    const int64_t b = i / features, d = i - b * features;
    out[i] = data[index[b] * features + d] * scale;
  }
}

bool aligned(const void* pointer, uintptr_t bytes) { return reinterpret_cast<uintptr_t>(pointer) % bytes == 0; }

}  // namespace

cudaError_t gather_rows_u8(const uint8_t* data, const int64_t* index, float* out, int64_t rows, int64_t features, float scale, cudaStream_t stream) {
  if (rows == 0 || features == 0) return cudaSuccess;
  const bool by_4 = features % 4 == 0 && aligned(data, 4) && aligned(out, 16);
  const int64_t count = rows * features / (by_4 ? 4 : 1);
  const int64_t wanted = (count + kThreads - 1) / kThreads;
  const auto blocks = static_cast<unsigned>(wanted < kMaximalBlocks ? wanted : kMaximalBlocks);
  if (by_4) {
    gather_rows_u8_by_4<<<blocks, kThreads, 0, stream>>>(reinterpret_cast<const uchar4*>(data), index, reinterpret_cast<float4*>(out), count,
                                                          features / 4, scale);
  } else {
    gather_rows_u8_by_1<<<blocks, kThreads, 0, stream>>>(data, index, out, count, features, scale);
  }
  return cudaGetLastError();
}

}  // namespace dc::cuda
