// The items of a run. Where they lie, and whether all at once, only this room knows.
#pragma once

#include "torch.h"

namespace dc::data {

// Rows of numbers, as the caller gave them, read by index or by range: bytes stay bytes until then.
class Dataset {
 public:
  virtual ~Dataset() = default;

  int64_t size() const { return size_; }          // n
  int64_t features() const { return features_; }  // d
  const std::vector<int64_t>& item_shape() const { return item_shape_; }
  at::Device device() const { return device_; }  // of what is read
  at::ScalarType type() const { return type_; }  // as stored: uint8, int8, float16 or float32
  bool bytes() const { return type_ == at::kByte; }
  int64_t row_bytes() const { return features_ * static_cast<int64_t>(c10::elementSize(type_)); }

  // Rows times `factor`, a new tensor, float32: those of `index` (int64 [b], on the device) -> [b, d], or begin … end - 1 -> [end - begin, d].
  virtual at::Tensor read(const at::Tensor& index, double factor = 1) const = 0;
  virtual at::Tensor read(int64_t begin, int64_t end, double factor = 1) const = 0;

  // Whether the rows lie on the device, where any order costs the same. Others come from the host, and are read ahead (read_ahead.h) in an
  // order that takes rows together which lie together (order.h).
  virtual bool resident() const = 0;

  // Of what these are some items, and which: int64 [n], on the host. Of all: themselves, undefined.
  virtual const Dataset& whole() const { return *this; }
  virtual at::Tensor items() const { return {}; }

  // Of rows that are not resident, as stored: those of `index` (int64 [b], on the host) into `rows` [b, d] on the host.
  virtual void fetch(const at::Tensor& index, at::Tensor& rows) const;
  // `index` (int64 [b], ascending, on the host) is fetched soon. Costs little, and promises nothing.
  virtual void announce(const at::Tensor& index) const {}

 protected:
  // `shape` [n, …].
  Dataset(at::IntArrayRef shape, at::Device device, at::ScalarType type);

 private:
  int64_t size_, features_;
  std::vector<int64_t> item_shape_;
  at::Device device_;
  at::ScalarType type_;
};

// Stored rows times `factor`, float32, on `device`: a new tensor.
at::Tensor as_floats(const at::Tensor& stored, double factor, at::Device device);

// All of them on the device.
class Resident final : public Dataset {
 public:
  // `items` [n, …], on the host; on a CPU its memory is used in place.
  Resident(const at::Tensor& items, at::Device device);

  at::Tensor read(const at::Tensor& index, double factor = 1) const override;
  at::Tensor read(int64_t begin, int64_t end, double factor = 1) const override;
  bool resident() const override { return true; }

 private:
  at::Tensor rows_;  // [n, d]
};

}  // namespace dc::data
