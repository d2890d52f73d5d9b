#include "cluster/centred_codes.h"

#include <cstring>

#include "data/moments.h"
#include "error.h"

namespace dc::cluster {

CentredCodes centred_codes(const data::Rows& x, at::ScalarType type, const Poll& poll) {
  CentredCodes codes{at::empty({x.n, x.d}, type), at::empty({x.n}, at::kFloat)};
  const at::Tensor mean = data::moments_of(x, poll).mean.to(at::kFloat);
  each_block(x, poll, [&](int64_t begin, int64_t end, const at::Tensor& rows) {
    at::Tensor own = codes.rows.slice(0, begin, end);
    own.copy_(rows - mean);
    codes.half_norms.slice(0, begin, end).copy_(own.to(at::kFloat).square().sum(1, false, at::kDouble) / 2);
  });
  must_be_finite(codes.half_norms);
  return codes;
}

void must_be_finite(const at::Tensor& half_norms) {
  if (half_norms.isfinite().all().item<bool>()) return;
  throw Error("RangeError", "Expected finite numbers for a neighbour graph but received NaN, infinity or numbers whose squares overflow");
}

void reorder(CentredCodes& codes, const at::Tensor& order) {
  const int64_t n = codes.size(), bytes = codes.features() * static_cast<int64_t>(codes.rows.element_size());
  char* rows = static_cast<char*>(codes.rows.data_ptr());
  const int32_t* from = order.const_data_ptr<int32_t>();
  std::vector<char> kept(bytes);
  std::vector<bool> placed(n);
  // Along each cycle of the order.
  for (int64_t first = 0; first < n; ++first) {
    if (placed[first]) continue;
    std::memcpy(kept.data(), rows + first * bytes, bytes);
    int64_t at = first;
    for (; from[at] != first; at = from[at]) {
      std::memcpy(rows + at * bytes, rows + from[at] * bytes, bytes);
      placed[at] = true;
    }
    std::memcpy(rows + at * bytes, kept.data(), bytes);
    placed[at] = true;
  }
  codes.half_norms = codes.half_norms.index_select(0, order);
}

}  // namespace dc::cluster
