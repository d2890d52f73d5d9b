// A batch of byte rows as float32, by index: one pass over memory where libtorch takes three (gather, cast, scale).
#include "gather_rows.cuh"

#include "gather_rows.h"

namespace dc::cuda {

namespace {

template <typename Word>
void launch(const uint8_t* data, const int64_t* index, float* out, int64_t rows, int64_t features, float scale, cudaStream_t stream) {
  const int64_t words = features / Word::kFeatures;
  const GatherShape shape = gather_shape(rows, words);
  gather_rows<Word><<<shape.blocks, dim3(shape.x, shape.y), 0, stream>>>(reinterpret_cast<const typename Word::Bytes*>(data), index,
                                                                         reinterpret_cast<typename Word::Floats*>(out), rows, words, scale);
}

bool aligned(const void* pointer, size_t bytes) { return reinterpret_cast<uintptr_t>(pointer) % bytes == 0; }

}  // namespace

cudaError_t gather_rows_u8(const uint8_t* data, const int64_t* index, float* out, int64_t rows, int64_t features, float scale,
                           cudaStream_t stream) {
  if (rows == 0 || features == 0) return cudaSuccess;
  const bool by_four = features % Four::kFeatures == 0 && aligned(data, alignof(uchar4)) && aligned(out, alignof(float4));
  (by_four ? launch<Four> : launch<One>)(data, index, out, rows, features, scale, stream);
  return cudaGetLastError();
}

}  // namespace dc::cuda
