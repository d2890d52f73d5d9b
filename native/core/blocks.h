// The one walk over many rows: in blocks, and before each the question whether to stop.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

namespace dc {

// Throws if the work is to stop. Cheap: called once a batch, or once a block.
using Poll = std::function<void()>;

constexpr int64_t kRowsAtATime = 1024;  // more are no faster for what networks and products do with them

// visit(begin, end) for 0 … n - 1, at most `rows` at a time.
template <class Visit>
void each_block(int64_t n, const Poll& poll, const Visit& visit, int64_t rows = kRowsAtATime) {
  for (int64_t begin = 0; begin < n; begin += rows) {
    poll();
    visit(begin, std::min(begin + rows, n));
  }
}

}  // namespace dc
