// Some items of a dataset, as a dataset of their own.
#pragma once

#include "data/dataset.h"

namespace dc::data {

class Part final : public Dataset {
 public:
  // `items` int64 [m], ascending, on the host. `whole` is referred to.
  Part(const Dataset& whole, const at::Tensor& items);

  at::Tensor read(const at::Tensor& index, double factor = 1) const override;
  at::Tensor read(int64_t begin, int64_t end, double factor = 1) const override;
  const Dataset& whole() const override { return whole_; }
  at::Tensor items() const override { return items_; }
  bool resident() const override { return whole_.resident(); }
  void fetch(const at::Tensor& index, at::Tensor& rows) const override;
  void announce(const at::Tensor& index) const override;

 private:
  const Dataset& whole_;
  at::Tensor items_;      // on the host
  at::Tensor positions_;  // the same on the device
};

// At least `count` of n items, drawn without repeats: int64, ascending, on the host; all where there are no more. Drawn in runs of rows that
// lie together, so that a disk need not seek for each; the same items wherever the rows lie.
at::Tensor drawn_items(int64_t n, int64_t count, uint64_t seed);

}  // namespace dc::data
