// What the plugin exports (plugin.h).
#include "plugin.h"

#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cstdio>

#include "free_memory.h"
#include "gather_rows.h"
#include "graph.h"
#include "merge_nearest.h"

namespace {

#define DC_TEXT_(x) #x
#define DC_TEXT(x) DC_TEXT_(x)
constexpr const char* kTorchVersion = DC_TEXT(TORCH_VERSION_MAJOR) "." DC_TEXT(TORCH_VERSION_MINOR) "." DC_TEXT(TORCH_VERSION_PATCH);

int device_count(char* reason, size_t reason_size) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    std::snprintf(reason, reason_size, "the CUDA runtime reports: %s", cudaGetErrorString(status));
    cudaGetLastError();  // not sticky: the next question starts clean
    return 0;
  }
  if (count == 0) std::snprintf(reason, reason_size, "the CUDA runtime sees no GPU");
  return count;
}

// Free memory as the CUDA runtime tells it: creates a context on the device.
cudaError_t free_memory_by_context(int device, uint64_t& free_bytes) {
  int before = 0;
  cudaError_t status = cudaGetDevice(&before);
  if (status == cudaSuccess) status = cudaSetDevice(device);
  if (status != cudaSuccess) return status;
  size_t free_memory = 0, total_memory = 0;
  status = cudaMemGetInfo(&free_memory, &total_memory);
  cudaSetDevice(before);
  free_bytes = free_memory;
  return status;
}

int device_info(int device, DcCudaDevice* info) {
  cudaDeviceProp properties;
  char pci_bus_id[32];
  cudaError_t status = cudaGetDeviceProperties(&properties, device);
  if (status == cudaSuccess) status = cudaDeviceGetPCIBusId(pci_bus_id, sizeof pci_bus_id, device);
  if (status != cudaSuccess) return status;
  std::snprintf(info->name, sizeof info->name, "%s", properties.name);
  info->total_memory = properties.totalGlobalMem;
  info->major = properties.major;
  info->minor = properties.minor;
  // A context takes some hundred MB of its GPU: listing the GPUs must not leave one on each. The minimum: of a GPU in parts (MIG),
  // the management library tells the whole.
  if (const auto free_bytes = dc::cuda::free_memory(pci_bus_id))
    info->free_memory = std::min<uint64_t>(*free_bytes, info->total_memory);
  else
    status = free_memory_by_context(device, info->free_memory);
  return status;
}

cudaStream_t stream_or_current(void* stream) {
  return stream ? static_cast<cudaStream_t>(stream) : c10::cuda::getCurrentCUDAStream().stream();
}

int gather_rows_u8(const uint8_t* data, const int64_t* index, float* out, int64_t rows, int64_t features, float scale, void* stream) {
  return dc::cuda::gather_rows_u8(data, index, out, rows, features, scale, stream_or_current(stream));
}

int merge_nearest(const float* tile, int64_t rows, int64_t columns, int64_t first, const int64_t* own, int64_t width, float* keys,
                  int32_t* items, void* stream) {
  return dc::cuda::merge_nearest_rows(tile, rows, columns, first, own, width, keys, items, stream_or_current(stream));
}

constexpr DcCudaPlugin kPlugin{DC_CUDA_ABI_VERSION,    kTorchVersion, device_count,           device_info,
                               gather_rows_u8,         merge_nearest, dc::cuda::record_graph, dc::cuda::replay_graph,
                               dc::cuda::release_graph};

}  // namespace

extern "C" __attribute__((visibility("default"))) const DcCudaPlugin* dc_cuda_plugin(void) { return &kPlugin; }
