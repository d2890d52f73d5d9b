#include "data/rows.h"

namespace dc::data {

Rows Rows::of(const at::Tensor& given) {
  const at::Tensor x = given.contiguous();
  return {x.size(0),
          x.size(1),
          x.device(),
          [x](int64_t begin, int64_t end) { return x.narrow(0, begin, end - begin); },
          [x](const at::Tensor& index) { return x.index_select(0, index); },
          x};
}

Rows Rows::of(const Dataset& data) {
  return {data.size(), data.features(), data.device(), [&data](int64_t begin, int64_t end) { return data.read(begin, end); },
          [&data](const at::Tensor& index) { return data.read(index); }};
}

Rows Rows::of(const Dataset& data, const Scaling& scaling) {
  return {data.size(), data.features(), data.device(),
          [&data, &scaling](int64_t begin, int64_t end) { return scaling.block(data, begin, end); },
          [&data, &scaling](const at::Tensor& index) { return scaling.gather(data, index); }};
}

Rows Rows::changed(const std::function<at::Tensor(const at::Tensor&)>& change) const {
  return {n, d, device, [block = block, change](int64_t begin, int64_t end) { return change(block(begin, end)); },
          [gather = gather, change](const at::Tensor& index) { return change(gather(index)); }};
}

Rows Rows::chosen(const at::Tensor& index) const {
  return {index.size(0), d, device, [gather = gather, index](int64_t begin, int64_t end) { return gather(index.slice(0, begin, end)); },
          [gather = gather, index](const at::Tensor& own) { return gather(index.index_select(0, own)); }};
}

at::Tensor Rows::collected(const Poll& poll) const {
  at::Tensor all = at::empty({n, d}, at::TensorOptions().dtype(at::kFloat).device(device));
  each_block(*this, poll, [&](int64_t begin, int64_t end, const at::Tensor& x) { all.narrow(0, begin, end - begin).copy_(x); });
  return all;
}

}  // namespace dc::data
