// What the core says of the CPU, held against what the kernel lists in /proc/cpuinfo.
#if defined(__linux__) && defined(__x86_64__)
#include <fstream>
#include <sstream>

#include "../harness.h"
#include "device/device.h"

using namespace dc;

TEST("device: bfloat16 counts as fast with AMX, and with AVX512_BF16 but on Intel's CPUs, which are slower with it than in float32") {
  std::ostringstream words;
  words << std::ifstream("/proc/cpuinfo").rdbuf() << ' ';
  const std::string cpuinfo = words.str();
  const auto has = [&](const char* word) { return cpuinfo.find(word) != std::string::npos; };
  EXPECT(device::cpu_has_fast_bfloat16() == (has(" amx_bf16 ") || (has(" avx512_bf16 ") && !has("GenuineIntel"))));
  EXPECT((device::cpu_capability() == "amx_bf16") == has(" amx_bf16 "));
}
#endif
