// The CUDA plugin, and the devices behind it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dc::device {

struct CudaDevice {
  std::string name;
  uint64_t total_memory, free_memory;  // bytes
  int major, minor;                    // compute capability
};

struct CudaReport {
  bool available = false;
  int gpus = 0;        // that the driver counts, whether or not they can be used
  std::string reason;  // why not; empty if available
  std::vector<CudaDevice> devices;
};

// Opens the plugin at `plugin_path`, if a driver is there and none was opened before: libtorch remembers its first answer about CUDA, so
// nothing may ask it earlier. Once it is open, calls only refresh the memory figures. Without a path nothing is asked or opened.
CudaReport cuda_report(const std::string& plugin_path);

}  // namespace dc::device
