// Mean and variance of each feature.
#pragma once

#include "data/rows.h"

namespace dc::data {

struct Moments {
  at::Tensor mean;      // float64 [d]
  at::Tensor variance;  // float64 [d], of the whole (divided by n), never negative
};

// In one pass, about the first row, so that a large common offset costs no precision.
Moments moments_of(const Rows& rows, const Poll& poll);

}  // namespace dc::data
