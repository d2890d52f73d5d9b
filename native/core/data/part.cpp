#include "data/part.h"

#include "random.h"

namespace dc::data {

namespace {

constexpr int64_t kRun = 32;  // rows

std::vector<int64_t> shape_of(const Dataset& whole, int64_t m) {
  std::vector<int64_t> shape{m};
  shape.insert(shape.end(), whole.item_shape().begin(), whole.item_shape().end());
  return shape;
}

}  // namespace

Part::Part(const Dataset& whole, const at::Tensor& items)
    : Dataset(shape_of(whole, items.size(0)), whole.device(), whole.type()),
      whole_(whole),
      items_(items),
      positions_(items.to(whole.device())) {}

at::Tensor Part::read(const at::Tensor& index, double factor) const { return whole_.read(positions_.index_select(0, index), factor); }

at::Tensor Part::read(int64_t begin, int64_t end, double factor) const { return whole_.read(positions_.slice(0, begin, end), factor); }

void Part::fetch(const at::Tensor& index, at::Tensor& rows) const { whole_.fetch(items_.index_select(0, index), rows); }

void Part::announce(const at::Tensor& index) const { whole_.announce(items_.index_select(0, index)); }

at::Tensor drawn_items(int64_t n, int64_t count, uint64_t seed) {
  if (count >= n) return at::arange(n, at::kLong);
  at::Generator generator = make_generator(at::kCPU, seed);
  const int64_t runs = (n + kRun - 1) / kRun, taken = std::min(runs, (count + kRun - 1) / kRun + 1);
  const at::Tensor starts = std::get<0>(at::randperm(runs, generator, at::kLong).narrow(0, 0, taken).sort()) * kRun;
  const at::Tensor items = (starts.unsqueeze(1) + at::arange(kRun, at::kLong)).flatten();
  return items.masked_select(items.lt(n)).narrow(0, 0, count);
}

}  // namespace dc::data
