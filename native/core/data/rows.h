// Rows of numbers for what reads all of them: items as they were scaled, or codes.
#pragma once

#include "data/scaling.h"

namespace dc::data {

// float32, on `device`, read in blocks and by index.
struct Rows {
  int64_t n, d;
  at::Device device;
  std::function<at::Tensor(int64_t begin, int64_t end)> block;  // [end - begin, d]
  std::function<at::Tensor(const at::Tensor& index)> gather;    // int64 [b] -> [b, d]
  at::Tensor resident = {};                                     // [n, d], contiguous: codes, which are a tensor in memory; else undefined

  static Rows of(const at::Tensor& x);  // float32 [n, d]
  static Rows of(const Dataset& data);  // as they are
  // As they are scaled. Both are referred to.
  static Rows of(const Dataset& data, const Scaling& scaling);

  // Each row by itself, `change` [b, d] -> [b, d].
  Rows changed(const std::function<at::Tensor(const at::Tensor&)>& change) const;

  // Some of them: `index` int64 [m].
  Rows chosen(const at::Tensor& index) const;

  // All of them, for what keeps them as its state: [n, d].
  at::Tensor collected(const Poll& poll) const;
};

}  // namespace dc::data

namespace dc {

// visit(begin, end, rows begin … end - 1)
template <class Visit>
void each_block(const data::Rows& rows, const Poll& poll, const Visit& visit, int64_t at_a_time = kRowsAtATime) {
  each_block(rows.n, poll, [&](int64_t begin, int64_t end) { visit(begin, end, rows.block(begin, end)); }, at_a_time);
}

}  // namespace dc
