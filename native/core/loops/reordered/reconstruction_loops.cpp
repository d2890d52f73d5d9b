#include "loops/reordered/reconstruction_loops.h"

#include <bit>
#include <cmath>

#include "loops/bfloat16_bits.h"
#include "loops/vector_clones.h"

namespace dc::loops {

namespace {

// exp(x) for x <= 0, to 2e-7 of its value: 2^n exp(r), |r| <= log(2) / 2, with the polynomial of Cephes' expf.
inline float exp_of_negative(float x) {
  x = x < -87.0f ? -87.0f : x;
  const float n = std::floor(x * 1.44269504f + 0.5f);
  const float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  const float p = ((((1.9875691500e-4f * r + 1.3981999507e-3f) * r + 8.3334519073e-3f) * r + 4.1665795894e-2f) * r + 1.6666665459e-1f) * r +
                  5.0000001201e-1f;
  const float power = std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
  return power * (1 + r + r * r * p);
}

// log(1 + y) for 0 <= y <= 1, to 1e-7: log(1 + f) or log 2 + log(1 + f), |f| <= 0.415, with the polynomial of Cephes' logf.
inline float log_of_one_plus(float y) {
  const bool halved = y > 0.41421356f;
  const float f = halved ? (y - 1) * 0.5f : y;
  const float p =
      (((((((7.0376836292e-2f * f - 1.1514610310e-1f) * f + 1.1676998740e-1f) * f - 1.2420140846e-1f) * f + 1.4249322787e-1f) * f -
         1.6668057665e-1f) *
            f +
        2.0000714765e-1f) *
           f -
       2.4999993993e-1f) *
          f +
      3.3333331174e-1f;
  return f + f * f * (f * p - 0.5f) + (halved ? 0.69314718f : 0.0f);
}

template <typename Number>
[[gnu::always_inline]] inline void squared_error(const Number* __restrict output, const float* __restrict target,
                                                 Number* __restrict gradient, float* __restrict sums, int64_t rows, int64_t features,
                                                 float factor) {
  for (int64_t row = 0; row < rows; ++row) {
    float sum = 0;
    for (int64_t i = row * features; i < (row + 1) * features; ++i) {
      const float difference = load(output[i]) - target[i];
      sum += difference * difference;
      store(factor * 2 * difference, gradient[i]);
    }
    sums[row] = sum;
  }
}

template <typename Number>
[[gnu::always_inline]] inline void bernoulli_error(const Number* __restrict output, const float* __restrict target,
                                                   Number* __restrict gradient, float* __restrict sums, int64_t rows, int64_t features,
                                                   float factor) {
  for (int64_t row = 0; row < rows; ++row) {
    float sum = 0;
    for (int64_t i = row * features; i < (row + 1) * features; ++i) {
      const float o = load(output[i]), t = target[i];
      const float e = exp_of_negative(-std::fabs(o));
      // sigmoid(o) - t
      const float sigmoid = (o >= 0 ? 1.0f : e) / (1 + e);
      sum += (o > 0 ? o : 0.0f) - o * t + log_of_one_plus(e);
      store(factor * (sigmoid - t), gradient[i]);
    }
    sums[row] = sum;
  }
}

}  // namespace

DC_TARGET_CLONES
void squared_error_loop(const float* output, const float* target, float* gradient, float* sums, int64_t rows, int64_t features,
                        float factor) {
  squared_error(output, target, gradient, sums, rows, features, factor);
}

DC_TARGET_CLONES
void squared_error_loop(const uint16_t* output, const float* target, uint16_t* gradient, float* sums, int64_t rows, int64_t features,
                        float factor) {
  squared_error(output, target, gradient, sums, rows, features, factor);
}

DC_TARGET_CLONES
void bernoulli_error_loop(const float* output, const float* target, float* gradient, float* sums, int64_t rows, int64_t features,
                          float factor) {
  bernoulli_error(output, target, gradient, sums, rows, features, factor);
}

DC_TARGET_CLONES
void bernoulli_error_loop(const uint16_t* output, const float* target, uint16_t* gradient, float* sums, int64_t rows, int64_t features,
                          float factor) {
  bernoulli_error(output, target, gradient, sums, rows, features, factor);
}

}  // namespace dc::loops
