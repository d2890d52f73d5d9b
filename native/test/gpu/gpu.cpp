#include "gpu.h"

#include <cstdlib>
#include <filesystem>

#include "../harness.h"
#include "device/plugin.h"

namespace dc::test {

at::Device gpu() {
  static const device::CudaReport report = [] {
    const char* named = std::getenv("DEEP_CLUSTERING_CUDA_PLUGIN");
    return device::cuda_report(named ? named : std::filesystem::canonical("/proc/self/exe").parent_path() / "deep_clustering_cuda.so");
  }();
  if (!report.available) throw Skipped("no GPU can be used: " + report.reason);
  return {at::kCUDA, 0};
}

bool records_at_once() { return true; }

}  // namespace dc::test
