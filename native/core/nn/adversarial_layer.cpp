#include "nn/adversarial_layer.h"

#include "nn/convolution.h"
#include "nn/thin_convolution.h"

namespace dc::nn {

AdversarialLayer::AdversarialLayer(const std::string& name, const AdversarialLayerOptions& options, Precision precision, at::Device device,
                                   at::Generator& generator)
    : options_(options) {
  at::NoGradGuard no_grad;
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(device);
  std::vector<int64_t> shape{options.out, options.in};
  if (options.map == AdversarialLayerOptions::Map::doubling) std::swap(shape[0], shape[1]);
  if (options.map != AdversarialLayerOptions::Map::linear) shape.insert(shape.end(), {Window::side, Window::side});
  at::Tensor weight = at::empty(shape, floats);
  initialise_weight(weight, Initialisation::dcgan, generator);
  weight_ = Parameter::make(name + ".weight", weight, precision);
  if (options.normalised) {
    norm_.emplace(name, options.out, precision, device);
  } else {
    bias_ = Parameter::make(name + ".bias", at::zeros({options.out}, floats), precision);
  }
}

at::Tensor AdversarialLayer::map(const at::Tensor& x, const Pass& pass) const {
  const at::Tensor& weight = pass.of(weight_);
  const std::optional<at::Tensor> bias = bias_ ? std::optional(pass.of(*bias_)) : std::nullopt;
  switch (options_.map) {
    case AdversarialLayerOptions::Map::linear: return at::linear(x, weight, bias);
    case AdversarialLayerOptions::Map::halving:
      if (thin(x, options_.in)) return thin_convolution(x, weight, bias);
      return convolution(x.contiguous(at::MemoryFormat::ChannelsLast), weight, bias, {Window::stride, Window::padding}, pass);
    case AdversarialLayerOptions::Map::doubling:
      if (thin(x, options_.out)) return thin_transposed_convolution(x, weight, bias);
      return convolution(x.contiguous(at::MemoryFormat::ChannelsLast), weight, bias, {Window::stride, Window::padding, /*transposed=*/true},
                         pass);
  }
  return x;
}

at::Tensor AdversarialLayer::forward(const at::Tensor& x, const Pass& pass) const {
  at::Tensor h = map(x, pass);
  if (norm_) h = norm_->forward(h, pass);
  if (!options_.leak) return h;
  return *options_.leak == 0 ? h.relu_() : at::leaky_relu_(h, *options_.leak);
}

std::vector<Parameter*> AdversarialLayer::parameters() {
  std::vector<Parameter*> all{&weight_};
  if (bias_) all.push_back(&*bias_);
  if (norm_) {
    for (Parameter* parameter : norm_->parameters()) all.push_back(parameter);
  }
  return all;
}

std::vector<Buffer> AdversarialLayer::buffers() { return norm_ ? norm_->buffers() : std::vector<Buffer>{}; }

at::Tensor AdversarialStack::forward(at::Tensor x, const Pass& pass, size_t first, size_t last) const {
  for (size_t layer = first; layer < last; ++layer) x = layers_[layer].forward(x, pass);
  return x;
}

std::vector<Parameter*> AdversarialStack::parameters() {
  std::vector<Parameter*> all;
  for (AdversarialLayer& layer : layers_) {
    for (Parameter* parameter : layer.parameters()) all.push_back(parameter);
  }
  return all;
}

std::vector<Buffer> AdversarialStack::buffers() {
  std::vector<Buffer> all;
  for (AdversarialLayer& layer : layers_) {
    for (const Buffer& buffer : layer.buffers()) all.push_back(buffer);
  }
  return all;
}

}  // namespace dc::nn
