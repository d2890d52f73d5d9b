#include "loops/activation_gradient_loops.h"

#include "loops/bfloat16_bits.h"
#include "loops/vector_clones.h"

namespace dc::loops {

namespace {

// g <- g * slope_at(y), and its sums over the rows.
template <typename Number, typename Slope>
[[gnu::always_inline]] inline void activation_gradient(Number* __restrict gradient, float* __restrict bias, const Number* __restrict y,
                                                       Columns range, Slope slope_at) {
  for (int64_t row = 0; row < range.rows; ++row) {
    const int64_t start = row * range.columns;
    for (int64_t i = range.begin; i < range.end; ++i) {
      const float g = load(gradient[start + i]) * slope_at(load(y[start + i]));
      store(g, gradient[start + i]);
      bias[i] += g;
    }
  }
}

struct ReluSlope {
  float below;
  [[gnu::always_inline]] inline float operator()(float y) const { return y > 0 ? 1.0f : below; }
};

struct TanhSlope {
  [[gnu::always_inline]] inline float operator()(float y) const { return 1 - y * y; }
};

}  // namespace

DC_TARGET_CLONES
void relu_gradient_loop(float* gradient, float* bias, const float* y, float slope, Columns range) {
  activation_gradient(gradient, bias, y, range, ReluSlope{slope});
}

DC_TARGET_CLONES
void relu_gradient_loop(uint16_t* gradient, float* bias, const uint16_t* y, float slope, Columns range) {
  activation_gradient(gradient, bias, y, range, ReluSlope{slope});
}

DC_TARGET_CLONES
void tanh_gradient_loop(float* gradient, float* bias, const float* y, Columns range) {
  activation_gradient(gradient, bias, y, range, TanhSlope{});
}

DC_TARGET_CLONES
void tanh_gradient_loop(uint16_t* gradient, float* bias, const uint16_t* y, Columns range) {
  activation_gradient(gradient, bias, y, range, TanhSlope{});
}

}  // namespace dc::loops
