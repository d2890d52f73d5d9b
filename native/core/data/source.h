// Items as a caller hands them over: in memory or in files.
#pragma once

#include "blocks.h"
#include "data/files.h"

namespace dc::data {

class Source {
 public:
  Source(const at::Tensor& items);  // [n, …], on the host
  Source(std::vector<FileRange> files, std::vector<int64_t> item_shape, at::ScalarType type);

  int64_t size() const;  // n
  // Throws RangeError or TypeError, naming `data`, for items of another shape or type than can be read, and for none.
  void check(const std::vector<int64_t>& wanted) const;
  // Refers to the items.
  std::unique_ptr<Dataset> open(at::Device device) const;
  // visit(block of items, on the device), one after another.
  void each_block(at::Device device, const Poll& poll, const std::function<void(const Dataset&)>& visit) const;

 private:
  at::Tensor items_;  // undefined where they are in files
  std::vector<FileRange> files_;
  std::vector<int64_t> item_shape_;
  at::ScalarType type_;
};

}  // namespace dc::data
