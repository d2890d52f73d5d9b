#include "device/device.h"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace dc::device {

std::string cpu_capability() {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("amx-bf16")) return "amx_bf16";
  if (__builtin_cpu_supports("avx512bf16")) return "avx512_bf16";
  if (__builtin_cpu_supports("avx512f")) return "avx512";
  if (__builtin_cpu_supports("avx2")) return "avx2";
#endif
  return "baseline";
}

bool cpu_has_fast_bfloat16() {
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_supports("amx-bf16") || (__builtin_cpu_supports("avx512bf16") && !__builtin_cpu_is("intel"));
#else
  return false;
#endif
}

DeviceScope::DeviceScope(at::Device device, std::optional<c10::Stream>& stream) {
  if (!device.is_cuda()) return;
  if (!stream) stream = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
  guard_.reset_stream(*stream);
}

void allow_tf32(bool allow) {
  at::globalContext().setAllowTF32CuBLAS(allow);
  at::globalContext().setAllowTF32CuDNN(allow);
}

}  // namespace dc::device
