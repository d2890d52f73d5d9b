// Random affine changes of images, drawn per image on the device.
#pragma once

#include "options.h"

namespace dc::data {

struct AugmentationOptions {
  double shift;     // share of the side, horizontally and vertically, drawn from +-shift
  double rotation;  // degrees, drawn from +-rotation
  double zoom;      // share of the size, drawn from +-zoom
  double shear;     // horizontal shear, drawn from +-shear
  bool restore;     // the network is to rebuild the original image, not its augmented copy

  static AugmentationOptions read(const OptionValues& values);
  // `<prefix>Shift`, … of what has no decoder.
  static AugmentationOptions read_changes(const OptionValues& values, const std::string& prefix = "");
  bool any() const { return shift > 0 || rotation > 0 || zoom > 0 || shear > 0; }
};

class Augmentation {
 public:
  // `item_shape` [h, w] or [channels, h, w]. Throws RangeError for items that are not images if any change is asked for.
  Augmentation(const AugmentationOptions& options, const std::vector<int64_t>& item_shape);

  bool any() const { return options_.any(); }

  // What the network is to rebuild from `augmented`, the copy that was made of `original`.
  const at::Tensor& target(const at::Tensor& original, const at::Tensor& augmented) const {
    return options_.restore ? original : augmented;
  }

  // x [b, channels * h * w] -> the same shape: bilinear, zeros from outside. The identity if no change is asked for.
  at::Tensor operator()(const at::Tensor& x, at::Generator& generator) const;

 private:
  AugmentationOptions options_;
  int64_t channels_ = 1, height_ = 1, width_ = 1;
};

// The affine map [b, 2, 3] from output to input coordinates (both -1 .. 1 over the image) for the parameters
// shift_x, shift_y (share of the side), rotation (radians), zoom (share), shear: each [b].
at::Tensor affine_maps(const at::Tensor& shift_x, const at::Tensor& shift_y, const at::Tensor& rotation, const at::Tensor& zoom,
                       const at::Tensor& shear, int64_t height, int64_t width);

// Images [b, channels, h, w], each under its own of these maps: bilinear, zeros from outside. On a CPU by a loop of our own.
at::Tensor warped(const at::Tensor& images, const at::Tensor& maps);

}  // namespace dc::data
