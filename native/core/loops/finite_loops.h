// Finds numbers that are not finite by their bits.
#pragma once

#include <cstdint>

namespace dc::loops {

// Position of the first of `count` IEEE 754 numbers (binary32, binary16) that is NaN or infinite; -1 where all are finite.
int64_t first_not_finite(const uint32_t* bits, int64_t count);
int64_t first_not_finite(const uint16_t* bits, int64_t count);

}  // namespace dc::loops
