// What can be computed on, and what of it the calling thread works with.
#pragma once

#include <c10/core/StreamGuard.h>

#include "torch.h"

namespace dc::device {

// Instructions that matter here: "amx_bf16", "avx512_bf16", "avx512", "avx2" or "baseline".
std::string cpu_capability();

// Whether products in bfloat16 run at twice the rate of float32 and more: with AMX, and with AVX512_BF16 on AMD's CPUs. Intel's AVX512_BF16
// multiplies no more numbers a cycle than its float32 does: a training step takes 1.5 times as long with it (docs/benchmarks.md).
bool cpu_has_fast_bfloat16();

// While one lives, the calling thread works on `device`, if that is a GPU, and on a stream of it that is not the default one: models do not
// wait for each other, and work can be recorded. `stream` is chosen at the first use and kept by the caller, since memory belongs to its
// stream.
class DeviceScope {
 public:
  DeviceScope(at::Device device, std::optional<c10::Stream>& stream);

 private:
  c10::OptionalStreamGuard guard_;
};

// Whether a GPU may round the factors of float32 products in training steps to TF32 (10 bits of mantissa, float32 sums). Of the whole
// process. What decides about clusters, and inference, is never rounded: at::NoTF32Guard, nn::Pass.
void allow_tf32(bool allow);

}  // namespace dc::device
