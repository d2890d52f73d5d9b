#include "data/dataset.h"

#include "error.h"
#include "kernels.h"

namespace dc::data {

Dataset::Dataset(at::IntArrayRef shape, at::Device device, at::ScalarType type)
    : size_(shape[0]),
      features_(c10::multiply_integers(shape.slice(1))),
      item_shape_(shape.slice(1).vec()),
      device_(device),
      type_(type) {}

void Dataset::fetch(const at::Tensor&, at::Tensor&) const { throw Error("ERR_NATIVE", "Resident rows are read, not fetched"); }

namespace {

at::Tensor scaled(const at::Tensor& rows, double factor, at::Device device, bool fresh) {
  const at::Tensor there = rows.to(device);  // bytes travel as bytes
  at::Tensor x = there.to(at::kFloat, /*non_blocking=*/false, /*copy=*/!fresh && there.is_same(rows));
  return factor == 1 ? x : x.mul_(factor);
}

}  // namespace

at::Tensor as_floats(const at::Tensor& stored, double factor, at::Device device) {
  at::NoGradGuard no_grad;
  return scaled(stored, factor, device, /*fresh=*/false);
}

Resident::Resident(const at::Tensor& items, at::Device device)
    : Dataset(items.sizes(), device, items.scalar_type()),
      rows_(items.reshape({items.size(0), -1}).to(device)) {}

at::Tensor Resident::read(const at::Tensor& index, double factor) const {
  at::NoGradGuard no_grad;
  if (bytes() && rows_.is_contiguous() && index.is_contiguous()) {
    if (const auto& gather = kernels_of(device()).gather_bytes) return gather(rows_, index, static_cast<float>(factor));
  }
  return scaled(rows_.index_select(0, index), factor, device(), /*fresh=*/true);
}

at::Tensor Resident::read(int64_t begin, int64_t end, double factor) const {
  at::NoGradGuard no_grad;
  return scaled(rows_.narrow(0, begin, end - begin), factor, device(), /*fresh=*/false);
}

}  // namespace dc::data
