// Items that are images.
#pragma once

#include "torch.h"

namespace dc::nn {

struct Image {
  int64_t channels, height, width;

  // Of items [height, width] or [channels, height, width]; others are none.
  static std::optional<Image> of(const std::vector<int64_t>& item_shape) {
    const size_t sides = item_shape.size();
    if (sides != 2 && sides != 3) return std::nullopt;
    return Image{sides == 3 ? item_shape[0] : 1, item_shape[sides - 2], item_shape[sides - 1]};
  }

  int64_t least_side() const { return std::min(height, width); }
};

}  // namespace dc::nn
