#include "loops/finite_loops.h"

#include <algorithm>

#include "loops/vector_clones.h"

namespace dc::loops {

namespace {

constexpr int64_t kBlock = 4096;

template <class Bits>
constexpr Bits kExponent = sizeof(Bits) == 4 ? static_cast<Bits>(0x7f800000) : static_cast<Bits>(0x7c00);

// An exponent of ones is NaN or infinity.
DC_TARGET_CLONES int64_t not_finite_among(const uint32_t* bits, int64_t count) {
  int64_t found = 0;
  for (int64_t i = 0; i < count; ++i) found += (bits[i] & kExponent<uint32_t>) == kExponent<uint32_t>;
  return found;
}

DC_TARGET_CLONES int64_t not_finite_among(const uint16_t* bits, int64_t count) {
  int64_t found = 0;
  for (int64_t i = 0; i < count; ++i) found += (bits[i] & kExponent<uint16_t>) == kExponent<uint16_t>;
  return found;
}

template <class Bits>
int64_t first_of(const Bits* bits, int64_t count) {
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = std::min(begin + kBlock, count);
    if (not_finite_among(bits + begin, end - begin) == 0) continue;
    for (int64_t i = begin; i < end; ++i) {
      if ((bits[i] & kExponent<Bits>) == kExponent<Bits>) return i;
    }
  }
  return -1;
}

}  // namespace

int64_t first_not_finite(const uint32_t* bits, int64_t count) { return first_of(bits, count); }
int64_t first_not_finite(const uint16_t* bits, int64_t count) { return first_of(bits, count); }

}  // namespace dc::loops
