#include "free_memory.h"

#include <dlfcn.h>

namespace dc::cuda {

namespace {

// The parts of NVML's stable ABI that are used.
using Device = void*;
struct Memory {
  unsigned long long total, free, used;  // bytes
};
struct Nvml {
  int (*init)() = nullptr;
  int (*device)(const char* pci_bus_id, Device*) = nullptr;
  int (*memory)(Device, Memory*) = nullptr;
};

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
}

// Opened once, and never closed.
const Nvml* nvml() {
  static const Nvml* const opened = []() -> const Nvml* {
    static Nvml functions;
    void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return nullptr;
    find(library, "nvmlInit_v2", functions.init);
    find(library, "nvmlDeviceGetHandleByPciBusId_v2", functions.device);
    find(library, "nvmlDeviceGetMemoryInfo", functions.memory);
    const bool whole = functions.init && functions.device && functions.memory;
    return whole && functions.init() == 0 ? &functions : nullptr;
  }();
  return opened;
}

}  // namespace

std::optional<uint64_t> free_memory(const std::string& pci_bus_id) {
  const Nvml* library = nvml();
  Device device = nullptr;
  Memory memory{};
  if (!library || library->device(pci_bus_id.c_str(), &device) != 0 || library->memory(device, &memory) != 0) return std::nullopt;
  return memory.free;
}

}  // namespace dc::cuda
