#include "nn/embedding.h"

namespace dc::nn {

namespace {

constexpr int64_t kBlock = 256;  // images at a time in inference: a map of the first convolution is fifty times an image

at::Tensor to_sphere(const at::Tensor& x) {
  const at::Tensor z = x.to(at::kFloat);
  return z / z.norm(2, 1, true).clamp_min(1e-12);
}

}  // namespace

EmbeddingOptions EmbeddingOptions::read(const OptionValues& values) {
  return {.dimensions = values.integer("dimensions"),
          .maps = values.integer("maps"),
          .widths = values.integers("widths"),
          .initialisation = initialisation_named(values.text("initialisation"))};
}

Embedding::Embedding(const EmbeddingOptions& options, const std::vector<int64_t>& item_shape, Precision precision, at::Device device,
                     at::Generator& generator)
    : dimensions_(options.dimensions) {
  int64_t features = 1;
  for (const int64_t side : item_shape) features *= side;
  std::vector<int64_t> sizes{features};
  const size_t sides = item_shape.size();
  if (sides >= 2 && !convolution_stages(item_shape[sides - 2], item_shape[sides - 1]).empty()) {
    const int64_t height = item_shape[sides - 2], width = item_shape[sides - 1];
    convolutions_.emplace("convolution", features / (height * width), height, width, options.maps, options.initialisation, precision,
                          device, generator);
    sizes = {convolutions_->outputs()};
  } else {
    sizes.insert(sizes.end(), options.widths.begin(), options.widths.end());
  }
  sizes.push_back(dimensions_);
  layers_.emplace("embedding", sizes, Activation::relu, options.initialisation, precision, device, generator);
}

at::Tensor Embedding::forward(const at::Tensor& x, const Pass& pass) const {
  return to_sphere(layers_->forward(convolutions_ ? convolutions_->forward(x, pass) : x, pass));
}

at::Tensor Embedding::forward(const at::Tensor& x) const { return forward(x, Pass::train(kRunningMomentum)); }

at::Tensor Embedding::infer(const at::Tensor& x) const {
  at::Tensor z = at::empty({x.size(0), dimensions_}, x.options());
  nn::infer([&](const Pass& pass) {
    const std::vector<at::Tensor> from = x.split(kBlock), to = z.split(kBlock);
    for (size_t block = 0; block < from.size(); ++block) to[block].copy_(forward(from[block], pass));
  });
  return z;
}

std::vector<Parameter*> Embedding::parameters() {
  std::vector<Parameter*> all = convolutions_ ? convolutions_->parameters() : std::vector<Parameter*>{};
  const std::vector<Parameter*> more = layers_->parameters();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<Buffer> Embedding::buffers() { return convolutions_ ? convolutions_->buffers() : std::vector<Buffer>{}; }

}  // namespace dc::nn
