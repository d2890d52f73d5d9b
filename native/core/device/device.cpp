#include "device/device.h"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include "cluster/tile_selection.h"
#include "cuda/plugin.h"
#include "data/dataset.h"
#include "device/capture.h"
#include "error.h"

namespace dc::device {

std::string cpu_capability() {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("avx512bf16")) return "avx512_bf16";
  if (__builtin_cpu_supports("avx512f")) return "avx512";
  if (__builtin_cpu_supports("avx2")) return "avx2";
#endif
  return "baseline";
}

bool cpu_has_fast_bfloat16() { return cpu_capability() == "avx512_bf16"; }

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

const DcCudaPlugin* open_plugin(const std::string& path, std::string& reason) {
  void* library = path.empty() ? nullptr : dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    const char* error = path.empty() ? nullptr : dlerror();
    reason = std::string("the CUDA plugin is not built, or cannot be loaded") + (error ? std::string(": ") + error : "") +
             ". Build it with `deep-clustering build --cuda`";
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
  set_capturer(at::kCUDA, cuda_capturer(plugin));
  data::set_byte_gather(at::kCUDA, [plugin](const at::Tensor& data, const at::Tensor& index, float scale) {
    at::Tensor out = at::empty({index.size(0), data.size(1)}, data.options().dtype(at::kFloat));
    const int status = plugin->gather_rows_u8(data.const_data_ptr<uint8_t>(), index.const_data_ptr<int64_t>(), out.data_ptr<float>(),
                                              index.size(0), data.size(1), scale, nullptr);
    if (status != 0) throw Error("ERR_NATIVE", "The GPU refused to gather a batch: error " + std::to_string(status));
    return out;
  });
  cluster::set_tile_selection(at::kCUDA, [plugin](const at::Tensor& tile, int64_t first, const at::Tensor& own, at::Tensor& keys,
                                                  at::Tensor& items) {
    const int status = plugin->merge_nearest(tile.const_data_ptr<float>(), tile.size(0), tile.size(1), first, own.const_data_ptr<int64_t>(),
                                             keys.size(1), keys.data_ptr<float>(), items.data_ptr<int32_t>(), nullptr);
    if (status != 0) throw Error("ERR_NATIVE", "The GPU refused the selection of neighbours: error " + std::to_string(status));
  });
}

struct Plugin {
  const DcCudaPlugin* functions = nullptr;
  std::string reason;
};

// Opened once in a process, and never closed.
const Plugin& plugin(const std::string& path) {
  static const Plugin opened = [&] {
    Plugin result;
    if (driver_devices(result.reason) > 0) result.functions = open_plugin(path, result.reason);
    if (result.functions) use(result.functions);
    return result;
  }();
  return opened;
}

}  // namespace

CudaReport cuda_report(const std::string& plugin_path) {
  const Plugin& opened = plugin(plugin_path);
  CudaReport report;
  report.reason = opened.reason;
  if (!opened.functions) return report;

  char reason[512] = "";
  const int count = opened.functions->device_count(reason, sizeof reason);
  report.reason = reason;
  for (int index = 0; index < count; ++index) {
    DcCudaDevice info{};
    const int status = opened.functions->device_info(index, &info);
    if (status != 0) {
      report.reason = "the CUDA runtime reports error " + std::to_string(status) + " for device " + std::to_string(index);
      return report;
    }
    report.devices.push_back({info.name, info.total_memory, info.free_memory, info.major, info.minor});
  }
  report.available = !report.devices.empty();
  return report;
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
