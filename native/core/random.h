// Random numbers: every stream has a seed of its own.
#pragma once

#include "torch.h"

namespace dc {

// Seeds are split by position, so that neighbouring seeds and positions give unrelated streams (Steele et al. 2014).
uint64_t split_seed(uint64_t seed, uint64_t stream);

// A generator of its own on `device`; the process's default generators are never touched.
at::Generator make_generator(at::Device device, uint64_t seed);

}  // namespace dc
