// The items of a run. Where they lie, and whether all at once, only this room knows.
#pragma once

#include "torch.h"

namespace dc::data {

// Rows of bytes or floats, as the caller gave them, read by index or by range: bytes stay bytes until then.
class Dataset {
 public:
  virtual ~Dataset() = default;

  int64_t size() const { return size_; }          // n
  int64_t features() const { return features_; }  // d
  const std::vector<int64_t>& item_shape() const { return item_shape_; }
  at::Device device() const { return device_; }  // of what is read
  bool bytes() const { return bytes_; }

  // Rows times `factor`, a new tensor, float32: those of `index` (int64 [b], on the device) -> [b, d], or begin … end - 1 -> [end - begin, d].
  virtual at::Tensor read(const at::Tensor& index, double factor = 1) const = 0;
  virtual at::Tensor read(int64_t begin, int64_t end, double factor = 1) const = 0;

 protected:
  // `shape` [n, …].
  Dataset(at::IntArrayRef shape, at::Device device, bool bytes);

 private:
  int64_t size_, features_;
  std::vector<int64_t> item_shape_;
  at::Device device_;
  bool bytes_;
};

// All of them on the device.
class Resident final : public Dataset {
 public:
  // `items` [n, …] uint8 or float32, on the host; on a CPU its memory is used in place.
  Resident(const at::Tensor& items, at::Device device);

  at::Tensor read(const at::Tensor& index, double factor = 1) const override;
  at::Tensor read(int64_t begin, int64_t end, double factor = 1) const override;

 private:
  at::Tensor rows_;  // [n, d]
};

}  // namespace dc::data
