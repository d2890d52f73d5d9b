// The items on the device, and how a batch of them becomes the float32 input of a network.
#pragma once

#include "state.h"

namespace dc::data {

// Rows of bytes or floats, as the caller gave them: bytes stay bytes until a batch is gathered.
class Dataset {
 public:
  // `items` [n, …] uint8 or float32, on the host; on a CPU its memory is used in place.
  Dataset(const at::Tensor& items, at::Device device)
      : rows_(items.reshape({items.size(0), -1}).to(device)),
        item_shape_(items.sizes().begin() + 1, items.sizes().end()) {}

  int64_t size() const { return rows_.size(0); }
  int64_t features() const { return rows_.size(1); }
  at::Device device() const { return rows_.device(); }
  const std::vector<int64_t>& item_shape() const { return item_shape_; }
  const at::Tensor& rows() const { return rows_; }  // [n, d]

 private:
  at::Tensor rows_;
  std::vector<int64_t> item_shape_;
};

// Rows of bytes as scaled floats in one pass, on a device that has a kernel for it: data uint8 [n, d], index int64 [b], both contiguous ->
// float32 [b, d]. By device type.
using ByteGather = std::function<at::Tensor(const at::Tensor& data, const at::Tensor& index, float scale)>;
void set_byte_gather(at::DeviceType type, ByteGather gather);

// x' = (x - shift) * scale, part of what a model learns and saves: new items are scaled as the training data were.
class Scaling {
 public:
  explicit Scaling(std::string kind) : kind_(std::move(kind)) {}

  bool fitted() const { return scale_.defined(); }
  at::Device device() const { return scale_.device(); }  // once it is fitted

  // Learns `shift` and `scale` from the data. "none": x; "unit": x / 255; "standard": each feature to mean 0 and
  // deviation 1 (a constant feature becomes 0).
  void fit(const Dataset& data);

  // Rows `index` (int64 [b]) as float32 [b, d].
  at::Tensor gather(const Dataset& data, const at::Tensor& index) const;
  // Rows begin .. end-1 as float32 [end - begin, d].
  at::Tensor block(const Dataset& data, int64_t begin, int64_t end) const;

  // Throws RangeError if a number of the scaled data is outside 0 .. 1, which an option's value needs.
  void check_unit_interval(const Dataset& data, const std::string& option, const std::string& value) const;

  // Undoes the scaling: [b, d] in the network's space -> the data's own units.
  at::Tensor undo(const at::Tensor& x) const;

  std::vector<Slot> slots() { return {{"input.shift", &shift_, false}, {"input.scale", &scale_, false}}; }

 private:
  at::Tensor apply(const at::Tensor& rows) const;

  std::string kind_;
  at::Tensor shift_, scale_;  // [1] or [d]
};

}  // namespace dc::data
