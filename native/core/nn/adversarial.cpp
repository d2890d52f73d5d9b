#include "nn/adversarial.h"

namespace dc::nn {

using Map = LayerOptions::Map;

namespace {

constexpr int64_t kAuxiliaryUnits = 128;
constexpr int64_t kShrinking = 4;  // of two convolutions
constexpr int64_t kLeastSide = 8;

std::string layer_name(const char* network, size_t layer) { return std::string(network) + "." + std::to_string(layer); }

// The images that convolutions are taken for.
std::optional<Image> convolved(const std::vector<int64_t>& item_shape) {
  const std::optional<Image> image = Image::of(item_shape);
  if (!image || image->least_side() < kLeastSide || image->height % kShrinking != 0 || image->width % kShrinking != 0) return std::nullopt;
  return image;
}

}  // namespace

AdversarialOptions AdversarialOptions::read(const OptionValues& values) {
  return {.maps = values.integer("maps"),
          .hidden = values.integer("hidden"),
          .widths = values.integers("widths"),
          .leak = values.number("leak"),
          .sigmoid = values.text("output") == "sigmoid"};
}

// 74 -> 1024 -> 7 x 7 x 128 -> 14 x 14 x 64 -> 28 x 28 x 1 for MNIST. Between the fully connected layers and the convolutions units are
// ordered as the latter are fastest with: [height, width, maps].
Generator::Generator(const AdversarialOptions& options, int64_t inputs, const std::vector<int64_t>& item_shape, Precision precision,
                     at::Device device, at::Generator& generator)
    : options_(options),
      image_(convolved(item_shape)),
      precision_(precision) {
  const auto add = [&](Map map, int64_t in, int64_t out, bool last = false) {
    const std::optional<double> leak = last ? std::nullopt : std::optional(0.0);
    layers_.add(Layer(layer_name("generator", layers_.size()), {map, in, out, /*normalised=*/!last, leak}, precision, device, generator));
  };
  if (image_) {
    const int64_t inner = 2 * options.maps;
    add(Map::linear, inputs, options.hidden);
    add(Map::linear, options.hidden, inner * (image_->height / kShrinking) * (image_->width / kShrinking));
    add(Map::doubling, inner, options.maps);
    add(Map::doubling, options.maps, image_->channels, /*last=*/true);
    return;
  }
  int64_t features = 1;
  for (const int64_t side : item_shape) features *= side;
  for (size_t layer = options.widths.size(); layer-- > 0;) {
    add(Map::linear, inputs, options.widths[layer]);
    inputs = options.widths[layer];
  }
  add(Map::linear, inputs, features, /*last=*/true);
}

at::Tensor Generator::forward(const at::Tensor& latents, const Pass& pass) const {
  at::Tensor h = pass.input(latents, precision_);
  if (image_) {
    h = layers_.forward(h, pass, 0, 2);
    h = h.view({h.size(0), image_->height / kShrinking, image_->width / kShrinking, 2 * options_.maps}).permute({0, 3, 1, 2});
    h = layers_.forward(h, pass, 2, layers_.size()).flatten(1);
  } else {
    h = layers_.forward(h, pass);
  }
  h = h.to(at::kFloat);
  return options_.sigmoid ? h.sigmoid() : h;
}

// 28 x 28 x 1 -> 14 x 14 x 64 -> 7 x 7 x 128 -> 1024 for MNIST; the first layer is not normalised.
Discriminator::Discriminator(const AdversarialOptions& options, const std::vector<int64_t>& item_shape, Precision precision,
                             at::Device device, at::Generator& generator)
    : image_(convolved(item_shape)),
      precision_(precision),
      features_(image_ ? options.hidden : options.widths.back()) {
  const auto add = [&](Map map, int64_t in, int64_t out) {
    const bool normalised = trunk_.size() > 0;
    trunk_.add(Layer(layer_name("discriminator", trunk_.size()), {map, in, out, normalised, options.leak}, precision, device, generator));
  };
  if (image_) {
    const int64_t inner = 2 * options.maps;
    add(Map::halving, image_->channels, options.maps);
    add(Map::halving, options.maps, inner);
    add(Map::linear, inner * (image_->height / kShrinking) * (image_->width / kShrinking), options.hidden);
  } else {
    int64_t in = 1;
    for (const int64_t side : item_shape) in *= side;
    for (const int64_t width : options.widths) {
      add(Map::linear, in, width);
      in = width;
    }
  }
  head_.emplace(layer_name("discriminator", trunk_.size()), LayerOptions{Map::linear, features_, 1}, precision, device, generator);
}

at::Tensor Discriminator::features(const at::Tensor& items, const Pass& pass) const {
  at::Tensor h = pass.input(items, precision_);
  if (!image_) return trunk_.forward(h, pass);
  h = trunk_.forward(h.view({h.size(0), image_->channels, image_->height, image_->width}), pass, 0, 2);
  return trunk_.forward(h.permute({0, 2, 3, 1}).flatten(1), pass, 2, 3);
}

at::Tensor Discriminator::logits(const at::Tensor& features, const Pass& pass) const {
  return head_->forward(features, pass).squeeze(1).to(at::kFloat);
}

std::vector<Parameter*> Discriminator::parameters() {
  std::vector<Parameter*> all = trunk_.parameters();
  for (Parameter* parameter : head_->parameters()) all.push_back(parameter);
  return all;
}

AuxiliaryHead::AuxiliaryHead(const AdversarialOptions& options, int64_t features, int64_t outputs, Precision precision, at::Device device,
                             at::Generator& generator) {
  layers_.add(
      Layer("auxiliary.0", {Map::linear, features, kAuxiliaryUnits, /*normalised=*/true, options.leak}, precision, device, generator));
  layers_.add(Layer("auxiliary.1", {Map::linear, kAuxiliaryUnits, outputs}, precision, device, generator));
}

}  // namespace dc::nn
