#include "nn/activation_gradient_loops.h"

#include "bfloat16_bits.h"
#include "vector_clones.h"

namespace dc::nn {

DC_TARGET_CLONES
void relu_gradient_loop(float* __restrict gradient, float* __restrict bias, const float* __restrict y,
                        float slope, Columns range) {
  for (int64_t row = 0; row < range.rows; ++row) {
    const int64_t start = row * range.columns;
    for (int64_t i = range.begin; i < range.end; ++i) {
      const float g = gradient[start + i] * (y[start + i] > 0 ? 1.0f : slope);
      gradient[start + i] = g;
      bias[i] += g;
    }
  }
}

DC_TARGET_CLONES
void relu_gradient_loop(uint16_t* __restrict gradient, float* __restrict bias, const uint16_t* __restrict y, float slope, Columns range) {
  for (int64_t row = 0; row < range.rows; ++row) {
    const int64_t start = row * range.columns;
    for (int64_t i = range.begin; i < range.end; ++i) {
      const float g = from_bfloat16(gradient[start + i]) * (from_bfloat16(y[start + i]) > 0 ? 1.0f : slope);
      gradient[start + i] = to_bfloat16(g);
      bias[i] += g;
    }
  }
}

DC_TARGET_CLONES
void tanh_gradient_loop(float* __restrict gradient, float* __restrict bias, const float* __restrict y,
                        Columns range) {
  for (int64_t row = 0; row < range.rows; ++row) {
    const int64_t start = row * range.columns;
    for (int64_t i = range.begin; i < range.end; ++i) {
      const float g = gradient[start + i] * (1 - y[start + i] * y[start + i]);
      gradient[start + i] = g;
      bias[i] += g;
    }
  }
}

DC_TARGET_CLONES
void tanh_gradient_loop(uint16_t* __restrict gradient, float* __restrict bias, const uint16_t* __restrict y, Columns range) {
  for (int64_t row = 0; row < range.rows; ++row) {
    const int64_t start = row * range.columns;
    for (int64_t i = range.begin; i < range.end; ++i) {
      const float output = from_bfloat16(y[start + i]);
      const float g = from_bfloat16(gradient[start + i]) * (1 - output * output);
      gradient[start + i] = to_bfloat16(g);
      bias[i] += g;
    }
  }
}

}  // namespace dc::nn
