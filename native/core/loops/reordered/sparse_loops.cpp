#include "loops/reordered/sparse_loops.h"

#include <algorithm>

#include "loops/vector_clones.h"

namespace dc::loops {

DC_TARGET_CLONES void multiply_rows(const int64_t* offsets, const int32_t* columns, const float* values, const float* __restrict x,
                                    int64_t width, int64_t begin, int64_t end, float* __restrict y) {
  for (int64_t row = begin; row < end; ++row) {
    float* out = y + row * width;
    std::fill(out, out + width, 0.0f);
    for (int64_t entry = offsets[row]; entry < offsets[row + 1]; ++entry) {
      const float value = values[entry];
      const float* in = x + columns[entry] * width;
      for (int64_t i = 0; i < width; ++i) out[i] += value * in[i];
    }
  }
}

}  // namespace dc::loops
