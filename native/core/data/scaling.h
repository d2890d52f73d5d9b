// How the numbers of items become a network's input, and back.
#pragma once

#include "blocks.h"
#include "data/dataset.h"
#include "state.h"

namespace dc::data {

// x' = (x - shift) * scale, part of what a model learns and saves: new items are scaled as the training data were.
class Scaling {
 public:
  // `kind`: "none": x; "unit": x / 255; "standard": each of the `features` to mean 0 and deviation 1 (a constant one becomes 0).
  Scaling(const std::string& kind, int64_t features);

  bool fitted() const { return scale_.defined(); }
  at::Device device() const { return scale_.device(); }  // once it is fitted
  int64_t features() const { return features_; }

  // Learns `shift` and `scale` from the data.
  void fit(const Dataset& data, const Poll& poll);

  // Rows `index` (int64 [b]) as float32 [b, d], a new tensor.
  at::Tensor gather(const Dataset& data, const at::Tensor& index) const { return standardised(data.read(index, factor())); }
  // Rows begin .. end-1 as float32 [end - begin, d], a new tensor.
  at::Tensor block(const Dataset& data, int64_t begin, int64_t end) const { return standardised(data.read(begin, end, factor())); }
  // Rows as they are stored (dataset.h), on the host, as float32 on `device`, a new tensor.
  at::Tensor of_stored(const at::Tensor& rows, at::Device device) const { return standardised(as_floats(rows, factor(), device)); }
  at::Tensor all(const Dataset& block) const { return this->block(block, 0, block.size()); }

  // Throws RangeError if a number of the scaled data is outside 0 .. 1, which an option's value needs.
  void check_unit_interval(const Dataset& data, const std::string& option, const std::string& value, const Poll& poll) const;

  // Undoes the scaling: [b, d] in the network's space -> the data's own units.
  at::Tensor undo(const at::Tensor& x) const;

  std::vector<Slot> slots();

 private:
  enum class Kind { none, unit, standard };

  double factor() const { return kind_ == Kind::unit ? 1.0 / 255 : 1; }
  at::Tensor standardised(at::Tensor x) const { return kind_ == Kind::standard ? x.sub_(shift_).mul_(scale_) : x; }

  Kind kind_;
  int64_t features_;
  at::Tensor shift_, scale_;  // [1], or standard: [d]
};

}  // namespace dc::data
