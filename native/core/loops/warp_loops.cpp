#include "loops/warp_loops.h"

#include <algorithm>
#include <cstring>

#include "loops/vector_clones.h"

namespace dc::loops {

namespace {

// A plane with a frame of zeros, one pixel wide: what lies further out is moved onto the frame, so no pixel asks whether it is inside.
void framed(const float* plane, float* padded, int64_t height, int64_t width) {
  const int64_t stride = width + 2;
  std::fill(padded, padded + stride, 0.0f);
  for (int64_t y = 0; y < height; ++y) {
    float* row = padded + (y + 1) * stride;
    row[0] = row[width + 1] = 0;
    std::memcpy(row + 1, plane + y * width, sizeof(float) * static_cast<size_t>(width));
  }
  std::fill(padded + (height + 1) * stride, padded + (height + 2) * stride, 0.0f);
}

constexpr int32_t kPixelsAtATime = 64;

// Two neighbours in a row.
struct Pair {
  float left, right;
};

// Some pixels of one row of the output: the point of pixel j in the padded plane is  (u + j du, v + j dv). No vector instruction reads from
// places all over the plane as quickly as plain ones do; what comes before and after that can be vectors.
DC_TARGET_CLONES void warp_pixels(const float* __restrict padded, float* __restrict row, int32_t begin, int32_t count, int32_t height,
                                  int32_t width, float u, float du, float v, float dv) {
  const int32_t stride = width + 2;
  const float right = static_cast<float>(width + 1), bottom = static_cast<float>(height + 1);
  int32_t corner[kPixelsAtATime];
  float a[kPixelsAtATime], b[kPixelsAtATime];
  for (int32_t j = 0; j < count; ++j) {
    const float x = std::min(std::max(u + static_cast<float>(begin + j) * du, 0.0f), right);
    const float y = std::min(std::max(v + static_cast<float>(begin + j) * dv, 0.0f), bottom);
    const int32_t x0 = std::min(static_cast<int32_t>(x), width), y0 = std::min(static_cast<int32_t>(y), height);
    a[j] = x - static_cast<float>(x0);
    b[j] = y - static_cast<float>(y0);
    corner[j] = y0 * stride + x0;
  }
  Pair upper[kPixelsAtATime], lower[kPixelsAtATime];
  for (int32_t j = 0; j < count; ++j) {
    std::memcpy(&upper[j], padded + corner[j], sizeof(Pair));
    std::memcpy(&lower[j], padded + corner[j] + stride, sizeof(Pair));
  }
  for (int32_t j = 0; j < count; ++j) {
    // (1-b) ((1-a) p00 + a p01) + b ((1-a) p10 + a p11)
    const float over = (1 - a[j]) * upper[j].left + a[j] * upper[j].right;
    const float under = (1 - a[j]) * lower[j].left + a[j] * lower[j].right;
    row[j] = (1 - b[j]) * over + b[j] * under;
  }
}

}  // namespace

void affine_warp(const float* image, const float* map, float* warped, Planes shape, float* scratch) {
  const auto [channels, height, width] = shape;
  const float half_width = 0.5f * static_cast<float>(width), half_height = 0.5f * static_cast<float>(height);
  const float ratio = static_cast<float>(width) / static_cast<float>(height);
  // Pixel (i, j) lies at ((2 j + 1) / width - 1, (2 i + 1) / height - 1); back from there, +1/2 is for the frame.
  const float du = map[0], dv = map[3] / ratio;
  const float first = 0.5f - half_width;
  for (int64_t channel = 0; channel < channels; ++channel) {
    framed(image + channel * height * width, scratch, height, width);
    for (int64_t i = 0; i < height; ++i) {
      const float down = static_cast<float>(i) + 0.5f - half_height;
      const float u = du * first + map[1] * ratio * down + map[2] * half_width + half_width + 0.5f;
      const float v = dv * first + map[4] * down + map[5] * half_height + half_height + 0.5f;
      float* row = warped + (channel * height + i) * width;
      for (int64_t j = 0; j < width; j += kPixelsAtATime) {
        const int64_t count = std::min<int64_t>(kPixelsAtATime, width - j);
        warp_pixels(scratch, row + j, static_cast<int32_t>(j), static_cast<int32_t>(count), static_cast<int32_t>(height),
                    static_cast<int32_t>(width), u, du, v, dv);
      }
    }
  }
}

}  // namespace dc::loops
