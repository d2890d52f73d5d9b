// Adam on a CPU for float32 parameters whose gradients and forward copies are bfloat16: one pass over memory.
#pragma once

#include "torch.h"

namespace dc::optim {

// Kingma & Ba 2015, algorithm 1. `value`, `moment1`, `moment2` float32, `gradient`, `copy` bfloat16; all contiguous,
// the same number of elements, on the CPU. `step` is 1 for the first update. Writes value, moment1, moment2, copy.
void adam_bfloat16_(at::Tensor& value, at::Tensor& moment1, at::Tensor& moment2, at::Tensor& copy, const at::Tensor& gradient,
                    double learning_rate, double beta1, double beta2, double epsilon, int64_t step);

}  // namespace dc::optim
