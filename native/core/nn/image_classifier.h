// A convolutional network that tells which class an image is of, for images of any size.
#pragma once

#include "nn/image.h"
#include "nn/layer.h"

namespace dc::nn {

class ImageClassifier {
 public:
  // 28 x 28 x 1 -> 14 x 14 x 32 -> 7 x 7 x 64 -> 512 -> classes: a convolution halves the sides, twice and then as long as one is over 8
  // pixels; each has twice the maps of the one before. Parameters `<name>.<layer>.…`, the last layer the head.
  ImageClassifier(const std::string& name, const Image& image, int64_t classes, Precision precision, at::Device device,
                  at::Generator& generator);

  // Images [b, channels * height * width] float32 -> the last hidden layer [b, features()], in the pass's precision.
  at::Tensor features(const at::Tensor& x, const Pass& pass) const;
  // -> logits [b, classes] float32.
  at::Tensor logits(const at::Tensor& x, const Pass& pass) const;

  static bool takes(const std::optional<Image>& image) { return image && image->least_side() >= kLeastSide; }
  static constexpr int64_t kLeastSide = 4;

  std::vector<Parameter*> parameters() { return layers_.parameters(); }
  std::vector<Buffer> buffers() { return layers_.buffers(); }

 private:
  Image image_;
  Precision precision_;
  LayerStack layers_;
};

}  // namespace dc::nn
