// The kernel of gather_rows.cu and the shape of its launch. Includes nothing and names only what a CUDA compiler brings
// (threadIdx, uchar4, …), so that the native tests run the same source on the CPU.
#pragma once

#include <cstdint>

namespace dc::cuda {

constexpr unsigned kThreads = 256;      // per block
constexpr unsigned kMostBlocks = 4096;  // more rows than these hold are walked in strides of the grid

// How many features one thread reads and writes at once.
struct One {
  using Bytes = uint8_t;
  using Floats = float;
  static constexpr int kFeatures = 1;
  static __device__ Floats scaled(Bytes x, float scale) { return x * scale; }
};
struct Four {
  using Bytes = uchar4;
  using Floats = float4;
  static constexpr int kFeatures = 4;
  static __device__ Floats scaled(Bytes x, float scale) { return make_float4(x.x * scale, x.y * scale, x.z * scale, x.w * scale); }
};

// out[b, w] = data[index[b], w] * scale, for words w of one or four features.
// data [n, words], index [rows], out [rows, words]. blockIdx.x and threadIdx.y choose the row, threadIdx.x the word:
// no division, neighbouring threads touch neighbouring words, and a row's index is read once per warp.
template <typename Word>
__global__ void gather_rows(const typename Word::Bytes* __restrict__ data, const int64_t* __restrict__ index,
                            typename Word::Floats* __restrict__ out, int64_t rows, int64_t words, float scale) {
  const int64_t stride = static_cast<int64_t>(gridDim.x) * blockDim.y;
  for (int64_t b = static_cast<int64_t>(blockIdx.x) * blockDim.y + threadIdx.y; b < rows; b += stride) {
    const typename Word::Bytes* from = data + index[b] * words;
    typename Word::Floats* to = out + b * words;
    for (int64_t w = threadIdx.x; w < words; w += blockDim.x) to[w] = Word::scaled(from[w], scale);
  }
}

// Threads of a block as x (words) times y (rows), and blocks of the grid.
struct GatherShape {
  unsigned x, y, blocks;
};

// x is the power of two that covers a row, at most kThreads; y fills the block with rows.
inline GatherShape gather_shape(int64_t rows, int64_t words) {
  unsigned x = 1;
  while (x < words && x < kThreads) x *= 2;
  const unsigned y = kThreads / x;
  const int64_t blocks = (rows + y - 1) / y;
  return {x, y, blocks < kMostBlocks ? static_cast<unsigned>(blocks) : kMostBlocks};
}

}  // namespace dc::cuda
