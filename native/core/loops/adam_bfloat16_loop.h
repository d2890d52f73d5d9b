// The inner loop of adam_bfloat16.h, in a file without torch headers so that it can be compiled with its own flags.
#pragma once

#include <cstdint>

namespace dc::loops {

struct AdamConstants {
  float beta1, beta2;
  float step_size;  // lr sqrt(1 - b2^t) / (1 - b1^t)
  float epsilon;    // eps sqrt(1 - b2^t)
};

// One Adam update of `count` parameters. bfloat16 numbers are passed as their bits.
void adam_bfloat16_loop(float* value, float* moment1, float* moment2, uint16_t* copy, const uint16_t* gradient, int64_t count,
                        AdamConstants constants);

}  // namespace dc::loops
