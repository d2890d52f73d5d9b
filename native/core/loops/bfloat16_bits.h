// bfloat16 numbers as their bits, for loops in files without torch headers.
#pragma once

#include <bit>
#include <cstdint>

namespace dc {

inline float from_bfloat16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

// Rounds to nearest even. A NaN may come out as infinity.
inline uint16_t to_bfloat16(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// Loops over numbers of either type read and write through these.
inline float load(float x) { return x; }
inline float load(uint16_t bits) { return from_bfloat16(bits); }
inline void store(float x, float& to) { to = x; }
inline void store(float x, uint16_t& to) { to = to_bfloat16(x); }

}  // namespace dc
