// What devices offer beside libtorch's operators: one table, by type of device.
#pragma once

#include "torch.h"

namespace dc {

namespace device {
class Capturer;
}

// An empty function, or null, is what a device does not have: libtorch's operators do it then.
struct Kernels {
  // Rows of bytes as scaled floats in one pass: data uint8 [n, d], index int64 [b], both contiguous -> float32 [b, d].
  std::function<at::Tensor(const at::Tensor& data, const at::Tensor& index, float scale)> gather_bytes = nullptr;

  // The nearest candidates of rows, kept up from tile to tile of a matrix of distances: tile float32 [rows, columns], columns `first` … of the
  // matrix; own int64 [rows], a column that is left out in each row; keys float32 [rows, width] ascending and items int32 [rows, width], the
  // smallest numbers so far and their columns, updated. All contiguous; width at most `most_nearest`.
  std::function<void(const at::Tensor& tile, int64_t first, const at::Tensor& own, at::Tensor& keys, at::Tensor& items)> merge_nearest =
      nullptr;
  static constexpr int64_t most_nearest = 128;

  // Work that the device repeats without the host (device/capture.h).
  device::Capturer* capturer = nullptr;
};

// Of the type of a device. Any thread may ask, also while they are set.
const Kernels& kernels_of(at::Device device);

// Fills the row of a type of device. What stood there before stays readable for jobs that have it.
void set_kernels(at::DeviceType type, Kernels kernels);

}  // namespace dc
