// The middle of measured numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace dc::bench {

// NaN of none.
inline double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers.empty() ? NAN : numbers[numbers.size() / 2];
}

}  // namespace dc::bench
