#include "nn/image_classifier.h"

namespace dc::nn {

using Map = LayerOptions::Map;

namespace {

constexpr int64_t kMaps = 32;  // of the first convolution
constexpr int64_t kHidden = 512;
constexpr int64_t kSmall = 8;         // pixels on a side that need no further halving
constexpr int64_t kConvolutions = 2;  // at least

}  // namespace

ImageClassifier::ImageClassifier(const std::string& name, const Image& image, int64_t classes, Precision precision, at::Device device,
                                 at::Generator& generator)
    : image_(image),
      precision_(precision) {
  const auto add = [&](LayerOptions options) {
    options.initialisation = Initialisation::fan_in_uniform;
    layers_.add(Layer(name + "." + std::to_string(layers_.size()), options, precision, device, generator));
  };
  int64_t height = image.height, width = image.width, in = image.channels;
  for (int64_t maps = kMaps; maps < kMaps << kConvolutions || std::min(height, width) > kSmall; maps *= 2) {
    add({Map::halving, in, maps, /*normalised=*/true, /*leak=*/0});
    height /= 2;
    width /= 2;
    in = maps;
  }
  add({Map::linear, in * height * width, kHidden, /*normalised=*/true, /*leak=*/0});
  add({Map::linear, kHidden, classes});
}

at::Tensor ImageClassifier::features(const at::Tensor& x, const Pass& pass) const {
  const size_t convolutions = layers_.size() - 2;
  const at::Tensor images = pass.input(x, precision_).view({x.size(0), image_.channels, image_.height, image_.width});
  // Units are ordered as the convolutions are fastest with: [height, width, maps].
  const at::Tensor h = layers_.forward(images, pass, 0, convolutions).permute({0, 2, 3, 1}).flatten(1);
  return layers_.forward(h, pass, convolutions, convolutions + 1);
}

at::Tensor ImageClassifier::logits(const at::Tensor& x, const Pass& pass) const {
  return layers_.forward(features(x, pass), pass, layers_.size() - 1, layers_.size()).to(at::kFloat);
}

}  // namespace dc::nn
