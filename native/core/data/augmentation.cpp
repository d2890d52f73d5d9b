#include "data/augmentation.h"

#include <ATen/Parallel.h>

#include "error.h"
#include "loops/warp_loops.h"

namespace dc::data {

static constexpr int64_t kPixelsAtATime = 1 << 13;  // fewer are not worth another thread

AugmentationOptions AugmentationOptions::read(const OptionValues& values) {
  AugmentationOptions options = read_changes(values);
  options.restore = values.text("target") == "original";
  return options;
}

AugmentationOptions AugmentationOptions::read_changes(const OptionValues& values, const std::string& prefix) {
  const auto number = [&](const char* name) { return values.number(option_name(prefix, name)); };
  return {.shift = number("shift"), .rotation = number("rotation"), .zoom = number("zoom"), .shear = number("shear"), .restore = false};
}

Augmentation::Augmentation(const AugmentationOptions& options, const std::vector<int64_t>& item_shape) : options_(options) {
  if (!options_.any()) return;
  if (item_shape.size() < 2) {
    throw Error("RangeError",
                "Expected images (shape [n, height, width] or [n, channels, height, width]) for augmentation, "
                "but received vectors: set shift, rotation, zoom and shear to 0");
  }
  height_ = item_shape[item_shape.size() - 2];
  width_ = item_shape[item_shape.size() - 1];
  for (size_t i = 0; i + 2 < item_shape.size(); ++i) channels_ *= item_shape[i];
}

at::Tensor affine_maps(const at::Tensor& shift_x, const at::Tensor& shift_y, const at::Tensor& rotation, const at::Tensor& zoom,
                       const at::Tensor& shear, int64_t height, int64_t width) {
  // Input pixel = R(rotation) S(shear) (output pixel) / (1 + zoom) + shift; pixels are not square in -1 .. 1 coordinates
  // when height and width differ, so the off-diagonal entries carry the ratio of the sides.
  const double ratio = static_cast<double>(height) / static_cast<double>(width);
  const at::Tensor cosine = rotation.cos(), sine = rotation.sin(), scale = (1 + zoom).reciprocal();
  const at::Tensor xx = cosine * scale;
  const at::Tensor xy = (cosine * shear - sine) * scale * ratio;
  const at::Tensor yx = sine * scale / ratio;
  const at::Tensor yy = (sine * shear + cosine) * scale;
  return at::stack({xx, xy, 2 * shift_x, yx, yy, 2 * shift_y}, 1).view({-1, 2, 3});
}

at::Tensor warped(const at::Tensor& images, const at::Tensor& maps) {
  const int64_t b = images.size(0);
  if (!images.is_cpu() || images.scalar_type() != at::kFloat) {
    const at::NoTF32Guard exact;  // the grid is a product
    const at::Tensor grid = at::affine_grid_generator(maps, images.sizes(), /*align_corners=*/false);
    return at::grid_sampler_2d(images, grid, /*bilinear*/ 0, /*zeros*/ 0, /*align_corners=*/false);
  }
  const at::Tensor from = images.contiguous(), by = maps.contiguous();
  at::Tensor to = at::empty_like(from);
  const loops::Planes shape{.channels = images.size(1), .height = images.size(2), .width = images.size(3)};
  const int64_t pixels = shape.channels * shape.height * shape.width;
  const float *image = from.const_data_ptr<float>(), *map = by.const_data_ptr<float>();
  float* copy = to.mutable_data_ptr<float>();
  at::parallel_for(0, b, std::max<int64_t>(1, kPixelsAtATime / pixels), [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(static_cast<size_t>(loops::warp_scratch(shape)));
    for (int64_t i = begin; i < end; ++i) loops::affine_warp(image + i * pixels, map + i * 6, copy + i * pixels, shape, scratch.data());
  });
  return to;
}

at::Tensor Augmentation::operator()(const at::Tensor& x, at::Generator& generator) const {
  if (!options_.any()) return x;
  at::NoGradGuard no_grad;
  const int64_t b = x.size(0);
  const at::Tensor uniform = at::rand({5, b}, generator, x.options()) * 2 - 1;  // U(-1, 1)
  const at::Tensor maps =
      affine_maps(uniform[0] * options_.shift, uniform[1] * options_.shift, uniform[2] * (options_.rotation * M_PI / 180),
                  uniform[3] * options_.zoom, uniform[4] * options_.shear, height_, width_);
  return warped(x.view({b, channels_, height_, width_}), maps).view({b, -1});
}

}  // namespace dc::data
