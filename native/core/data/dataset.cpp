#include "data/dataset.h"

#include "kernels.h"

namespace dc::data {

Dataset::Dataset(at::IntArrayRef shape, at::Device device, bool bytes)
    : size_(shape[0]),
      features_(c10::multiply_integers(shape.slice(1))),
      item_shape_(shape.slice(1).vec()),
      device_(device),
      bytes_(bytes) {}

namespace {

at::Tensor as_floats(const at::Tensor& rows, double factor, bool fresh) {
  at::Tensor x = rows.to(at::kFloat, /*non_blocking=*/false, /*copy=*/!fresh);
  return factor == 1 ? x : x.mul_(factor);
}

}  // namespace

Resident::Resident(const at::Tensor& items, at::Device device)
    : Dataset(items.sizes(), device, items.scalar_type() == at::kByte),
      rows_(items.reshape({items.size(0), -1}).to(device)) {}

at::Tensor Resident::read(const at::Tensor& index, double factor) const {
  at::NoGradGuard no_grad;
  if (bytes() && rows_.is_contiguous() && index.is_contiguous()) {
    if (const auto& gather = kernels_of(device()).gather_bytes) return gather(rows_, index, static_cast<float>(factor));
  }
  return as_floats(rows_.index_select(0, index), factor, /*fresh=*/true);
}

at::Tensor Resident::read(int64_t begin, int64_t end, double factor) const {
  at::NoGradGuard no_grad;
  return as_floats(rows_.narrow(0, begin, end - begin), factor, /*fresh=*/false);
}

}  // namespace dc::data
