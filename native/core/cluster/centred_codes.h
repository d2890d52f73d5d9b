// Items as rows of numbers in the host's memory, for what reads them in any order.
#pragma once

#include "data/rows.h"
#include "loops/reordered/pair_loops.h"

namespace dc::cluster {

struct CentredCodes {
  at::Tensor rows;        // float32 or bfloat16 [n, d], about the mean, so that a common offset costs no precision
  at::Tensor half_norms;  // float32 [n], half the squared norms of `rows`

  int64_t size() const { return rows.size(0); }
  int64_t features() const { return rows.size(1); }
};

// Throws RangeError for numbers that are not finite.
CentredCodes centred_codes(const data::Rows& x, at::ScalarType type, const Poll& poll);

// Half squared norms say whether numbers and their squares are finite: throws RangeError if one is not.
void must_be_finite(const at::Tensor& half_norms);

// Row i becomes row order[i], in place.
void reorder(CentredCodes& codes, const at::Tensor& order);

// visit(loops::Codes<…>), of their type.
template <class Visit>
void as_loops_take(const CentredCodes& codes, const Visit& visit) {
  const float* half_norms = codes.half_norms.const_data_ptr<float>();
  if (codes.rows.scalar_type() == at::kFloat) {
    visit(loops::Codes<float>{codes.rows.const_data_ptr<float>(), half_norms, codes.features()});
  } else {
    visit(loops::Codes<uint16_t>{static_cast<const uint16_t*>(codes.rows.const_data_ptr()), half_norms, codes.features()});
  }
}

}  // namespace dc::cluster
