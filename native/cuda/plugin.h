// The CUDA plugin's surface: a C ABI between the core and the shared object that links libtorch_cuda. Includes no
// torch and no CUDA header, so that the core can include it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Raised whenever a field of the structs below changes.
#define DC_CUDA_ABI_VERSION 2

typedef struct {
  char name[256];
  uint64_t total_memory, free_memory;  // bytes
  int major, minor;                    // compute capability
} DcCudaDevice;

// The host's part of some work of the device. 0, or another number if it failed.
typedef int (*DcCudaWork)(void* context);

typedef struct DcCudaPlugin {
  int abi_version;            // DC_CUDA_ABI_VERSION
  const char* torch_version;  // of the libtorch it was built against, for example "2.15.0"

  // Devices that can be used; 0 with the reason in words if there are none.
  int (*device_count)(char* reason, size_t reason_size);
  // 0, or an error code of the runtime.
  int (*device_info)(int device, DcCudaDevice* info);

  // out[b, d] = data[index[b], d] * scale, on `stream` (a cudaStream_t; null is the current stream of the device).
  // data uint8 [n, features], index int64 [rows], out float32 [rows, features]: dense device memory. 0, or an error code.
  int (*gather_rows_u8)(const uint8_t* data, const int64_t* index, float* out, int64_t rows, int64_t features, float scale, void* stream);

  // Keeps the `width` (at most 128) smallest numbers of each row, ascending in keys [rows, width], with their columns in items [rows,
  // width], over tiles that come one after another: tile [rows, columns] holds the columns `first` …, and own [rows] a column that is left
  // out of each row. Dense device memory; stream and result as above.
  int (*merge_nearest)(const float* tile, int64_t rows, int64_t columns, int64_t first, const int64_t* own, int64_t width, float* keys,
                       int32_t* items, void* stream);

  // Records what `work` launches on the current stream of the device, which must not be its default stream, as a CUDA graph, without
  // running it. `generator` is an at::Generator of the device: its numbers are drawn anew at each replay. 0 with the graph, or another
  // number with the reason in words; `work` is over in either case.
  int (*record_graph)(DcCudaWork work, void* context, const void* generator, void** graph, char* reason, size_t reason_size);
  // Launches a graph on the current stream. 0, or another number with the reason in words.
  int (*replay_graph)(void* graph, char* reason, size_t reason_size);
  // Gives back a graph and the memory that was allocated while it was recorded; waits for its last replay.
  void (*release_graph)(void* graph);
} DcCudaPlugin;

// The one exported symbol.
const DcCudaPlugin* dc_cuda_plugin(void);

#ifdef __cplusplus
}
#endif
