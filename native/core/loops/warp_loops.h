// The inner loop of augmentation.cpp, in a file without torch headers so that it can be compiled with its own flags.
#pragma once

#include <cstdint>

namespace dc::loops {

struct Planes {
  int64_t channels, height, width;  // of each image
};

// Floats that `affine_warp` needs as scratch.
constexpr int64_t warp_scratch(Planes shape) { return (shape.height + 2) * (shape.width + 2); }

// One image [channels, height, width] under an affine map [2, 3] from output to input coordinates, both -1 .. 1 over the image (the corners
// of the outermost pixels): bilinear, zeros from outside.
void affine_warp(const float* image, const float* map, float* warped, Planes shape, float* scratch);

}  // namespace dc::loops
