#include "training/adam_bfloat16.h"

#include <cstring>

namespace dc::training {

namespace {

struct Constants {
  float beta1, beta2, step_size, epsilon, correction2_root;
};

// The plain loop; the compiler makes a version of it for each instruction set, and the best is taken at load time.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
__attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3", "no-math-errno", "no-trapping-math")))
#endif
void update_range(float* __restrict value, float* __restrict moment1, float* __restrict moment2, uint16_t* __restrict copy,
                  const uint16_t* __restrict gradient, int64_t count, const Constants c) {
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t gradient_bits = static_cast<uint32_t>(gradient[i]) << 16;
    float g;
    std::memcpy(&g, &gradient_bits, 4);
    const float m = c.beta1 * moment1[i] + (1 - c.beta1) * g;      // m_t = b1 m + (1 - b1) g
    const float v = c.beta2 * moment2[i] + (1 - c.beta2) * g * g;  // v_t = b2 v + (1 - b2) g^2
    moment1[i] = m;
    moment2[i] = v;
    // x_t = x - lr / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps)
    const float x = value[i] - c.step_size * m / (__builtin_sqrtf(v) / c.correction2_root + c.epsilon);
    value[i] = x;
    uint32_t bits;
    std::memcpy(&bits, &x, 4);
    // Round to nearest even. A NaN may come out as infinity here; the loss is checked for both every epoch.
    copy[i] = static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
  }
}

}  // namespace

void adam_bfloat16_(at::Tensor& value, at::Tensor& moment1, at::Tensor& moment2, at::Tensor& copy,
                    const at::Tensor& gradient, double learning_rate, double beta1, double beta2, double epsilon, int64_t step) {
  const at::Tensor g = gradient.contiguous();
  const Constants constants{
      static_cast<float>(beta1), static_cast<float>(beta2),
      static_cast<float>(learning_rate / (1 - std::pow(beta1, step))), static_cast<float>(epsilon),
      static_cast<float>(std::sqrt(1 - std::pow(beta2, step)))};
  float* x = value.data_ptr<float>();
  float* m = moment1.data_ptr<float>();
  float* v = moment2.data_ptr<float>();
  auto* c = reinterpret_cast<uint16_t*>(copy.data_ptr<at::BFloat16>());
  const auto* grad = reinterpret_cast<const uint16_t*>(g.data_ptr<at::BFloat16>());
  at::parallel_for(0, value.numel(), 1 << 14, [&](int64_t begin, int64_t end) {
    update_range(x + begin, m + begin, v + begin, c + begin, grad + begin, end - begin, constants);
  });
}

}  // namespace dc::training
