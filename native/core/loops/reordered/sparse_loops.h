// The inner loop of a sparse product on a CPU, in a file without torch headers so that it can be compiled with its own flags.
#pragma once

#include <cstdint>

namespace dc::loops {

// Rows [begin, end) of y = A x for A in compressed rows and x, y [n, width].
void multiply_rows(const int64_t* offsets, const int32_t* columns, const float* values, const float* x, int64_t width, int64_t begin,
                   int64_t end, float* y);

}  // namespace dc::loops
