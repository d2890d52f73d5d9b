#include "device/plugin.h"

#include <dlfcn.h>

#include <filesystem>

#include "cuda/plugin.h"
#include "device/capture.h"
#include "error.h"
#include "kernels.h"

namespace dc::device {

namespace {

// Asks the driver itself, without torch: 0 devices, or no driver, with the reason in words.
int driver_devices(std::string& reason) {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver) {
    reason = "there is no NVIDIA driver on this machine (libcuda.so.1 cannot be opened)";
    return 0;
  }
  const auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto count_devices = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
  const auto error_name = reinterpret_cast<int (*)(int, const char**)>(dlsym(driver, "cuGetErrorName"));
  int count = 0;
  int status = init ? init(0) : -1;
  if (status == 0) status = count_devices ? count_devices(&count) : -1;
  if (status != 0) {
    const char* name = "an unknown error";
    if (error_name) error_name(status, &name);
    reason = std::string("the NVIDIA driver reports ") + name;
    return 0;
  }
  if (count == 0) reason = "the NVIDIA driver sees no GPU (is CUDA_VISIBLE_DEVICES empty, or the container started without GPUs?)";
  return count;
}

// libtorch's CUDA part, beside the part that is loaded: a prebuilt plugin knows no folder. Empty if the system hides where that is.
std::filesystem::path cuda_part() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<const void*>(&at::globalContext), &info) || !info.dli_fname) return {};
  return std::filesystem::path(info.dli_fname).parent_path() / "libtorch_cuda.so";
}

const DcCudaPlugin* open_plugin(const std::string& path, std::string& reason) {
  const std::filesystem::path part = cuda_part();
  // A plugin that was built here finds it by itself, too, and tells what it lacks.
  dlopen(part.c_str(), RTLD_NOW | RTLD_GLOBAL);
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    const std::string error = dlerror();
    std::error_code none;
    reason = std::filesystem::exists(path, none) && !part.empty() && !std::filesystem::exists(part, none)
                 ? "the libtorch that is loaded has no CUDA part (there is no " + part.string() +
                       "). Fetch it with `deep-clustering setup --cuda`"
                 : "the CUDA plugin is not built, or cannot be loaded: " + error + ". Build it with `deep-clustering build --cuda`";
    return nullptr;
  }
  const auto entry = reinterpret_cast<const DcCudaPlugin* (*)()>(dlsym(library, "dc_cuda_plugin"));
  const DcCudaPlugin* plugin = entry ? entry() : nullptr;
  if (!plugin || plugin->abi_version != DC_CUDA_ABI_VERSION) {
    reason = "the CUDA plugin was built by another version of this package. Build it again with `deep-clustering build --cuda`";
    return nullptr;
  }
  return plugin;
}

// What the core finds on a GPU beside libtorch's own operators.
void use(const DcCudaPlugin* plugin) {
  Kernels kernels;
  kernels.capturer = cuda_capturer(plugin);
  kernels.gather_bytes = [plugin](const at::Tensor& data, const at::Tensor& index, float scale) {
    at::Tensor out = at::empty({index.size(0), data.size(1)}, data.options().dtype(at::kFloat));
    const int status = plugin->gather_rows_u8(data.const_data_ptr<uint8_t>(), index.const_data_ptr<int64_t>(), out.data_ptr<float>(),
                                              index.size(0), data.size(1), scale, nullptr);
    if (status != 0) throw Error("ERR_NATIVE", "The GPU refused to gather a batch: error " + std::to_string(status));
    return out;
  };
  kernels.merge_nearest = [plugin](const at::Tensor& tile, int64_t first, const at::Tensor& own, at::Tensor& keys, at::Tensor& items) {
    const int status = plugin->merge_nearest(tile.const_data_ptr<float>(), tile.size(0), tile.size(1), first, own.const_data_ptr<int64_t>(),
                                             keys.size(1), keys.data_ptr<float>(), items.data_ptr<int32_t>(), nullptr);
    if (status != 0) throw Error("ERR_NATIVE", "The GPU refused the selection of neighbours: error " + std::to_string(status));
  };
  set_kernels(at::kCUDA, std::move(kernels));
}

struct Driver {
  int gpus;
  std::string reason;  // why there are none
};

// Asked once in a process: a driver remembers its own first answer.
const Driver& driver() {
  static const Driver asked = [] {
    Driver answer{};
    answer.gpus = driver_devices(answer.reason);
    return answer;
  }();
  return asked;
}

// The plugin once it was opened, which it stays. A path at which there is none yet is tried anew: it may be built meanwhile, and another
// caller may name another.
const DcCudaPlugin* opened_plugin(const std::string& path, std::string& reason) {
  static std::mutex mutex;
  static const DcCudaPlugin* opened = nullptr;
  const std::lock_guard lock(mutex);
  if (!opened) {
    opened = open_plugin(path, reason);
    if (opened) use(opened);
  }
  return opened;
}

}  // namespace

CudaReport cuda_report(const std::string& plugin_path) {
  CudaReport report;
  if (plugin_path.empty()) {
    report.reason = "CUDA was not asked for";
    return report;
  }
  report.gpus = driver().gpus;
  report.reason = driver().reason;
  const DcCudaPlugin* plugin = report.gpus > 0 ? opened_plugin(plugin_path, report.reason) : nullptr;
  if (!plugin) return report;

  char reason[512] = "";
  const int count = plugin->device_count(reason, sizeof reason);
  report.reason = reason;
  for (int index = 0; index < count; ++index) {
    DcCudaDevice info{};
    const int status = plugin->device_info(index, &info);
    if (status != 0) {
      report.reason = "the CUDA runtime reports error " + std::to_string(status) + " for device " + std::to_string(index);
      return report;
    }
    report.devices.push_back({info.name, info.total_memory, info.free_memory, info.major, info.minor});
  }
  report.available = !report.devices.empty();
  return report;
}

}  // namespace dc::device
