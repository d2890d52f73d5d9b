#include "loops/adam_bfloat16_loop.h"

#include <cmath>

#include "loops/bfloat16_bits.h"
#include "loops/vector_clones.h"

namespace dc::loops {

DC_TARGET_CLONES
void adam_bfloat16_loop(float* __restrict value, float* __restrict moment1, float* __restrict moment2, uint16_t* __restrict copy,
                        const uint16_t* __restrict gradient, int64_t count, AdamConstants c) {
  for (int64_t i = 0; i < count; ++i) {
    const float g = from_bfloat16(gradient[i]);
    const float m = c.beta1 * moment1[i] + (1 - c.beta1) * g;      // m_t = b1 m + (1 - b1) g
    const float v = c.beta2 * moment2[i] + (1 - c.beta2) * g * g;  // v_t = b2 v + (1 - b2) g^2
    moment1[i] = m;
    moment2[i] = v;
    // x_t = x - lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps), with sqrt(1 - b2^t) multiplied into both constants
    const float x = value[i] - c.step_size * m / (std::sqrt(v) + c.epsilon);
    value[i] = x;
    copy[i] = to_bfloat16(x);  // the loss is checked for NaN and infinity every epoch
  }
}

}  // namespace dc::loops
