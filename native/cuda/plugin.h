// The CUDA plugin's surface: a C ABI between the core and the shared object that links libtorch_cuda. Includes no
// torch and no CUDA header, so that the core can include it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Raised whenever a field of the structs below changes.
#define DC_CUDA_ABI_VERSION 1

typedef struct {
  char name[256];
  uint64_t total_memory, free_memory;  // bytes
  int major, minor;                    // compute capability
} DcCudaDevice;

typedef struct {
  int abi_version;            // DC_CUDA_ABI_VERSION
  const char* torch_version;  // of the libtorch it was built against, for example "2.15.0"

  // Devices that can be used; 0 with the reason in words if there are none.
  int (*device_count)(char* reason, size_t reason_size);
  // 0, or an error code of the runtime.
  int (*device_info)(int device, DcCudaDevice* info);

  // out[b, d] = data[index[b], d] * scale, on `stream` (a cudaStream_t; null is the current stream of the device).
  // data uint8 [n, features], index int64 [rows], out float32 [rows, features]: dense device memory. 0, or an error code.
  int (*gather_rows_u8)(const uint8_t* data, const int64_t* index, float* out, int64_t rows, int64_t features, float scale, void* stream);
} DcCudaPlugin;

// The one exported symbol.
const DcCudaPlugin* dc_cuda_plugin(void);

#ifdef __cplusplus
}
#endif
