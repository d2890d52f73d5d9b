#include "nn/layer.h"

#include "nn/convolution.h"
#include "nn/thin_convolution.h"

namespace dc::nn {

Layer::Layer(const std::string& name, const LayerOptions& options, Precision precision, at::Device device, at::Generator& generator)
    : options_(options) {
  at::NoGradGuard no_grad;
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(device);
  std::vector<int64_t> shape{options.out, options.in};
  if (options.map == LayerOptions::Map::doubling) std::swap(shape[0], shape[1]);
  if (options.map != LayerOptions::Map::linear) shape.insert(shape.end(), {Window::side, Window::side});
  at::Tensor weight = at::empty(shape, floats);
  initialise_weight(weight, options.initialisation, generator);
  weight_ = Parameter::make(name + ".weight", weight, precision);
  if (options.normalised) {
    norm_.emplace(name, options.out, precision, device);
  } else {
    at::Tensor bias = at::empty({options.out}, floats);
    initialise_bias(bias, weight, options.initialisation, generator);
    bias_ = Parameter::make(name + ".bias", bias, precision);
  }
}

at::Tensor Layer::map(const at::Tensor& x, const Pass& pass) const {
  const at::Tensor& weight = pass.of(weight_);
  const std::optional<at::Tensor> bias = bias_ ? std::optional(pass.of(*bias_)) : std::nullopt;
  switch (options_.map) {
    case LayerOptions::Map::linear: return at::linear(x, weight, bias);
    case LayerOptions::Map::halving:
      if (thin(x, options_.in)) return thin_convolution(x, weight, bias);
      return convolution(x.contiguous(at::MemoryFormat::ChannelsLast), weight, bias, {Window::stride, Window::padding}, pass);
    case LayerOptions::Map::doubling:
      if (thin(x, options_.out)) return thin_transposed_convolution(x, weight, bias);
      return convolution(x.contiguous(at::MemoryFormat::ChannelsLast), weight, bias, {Window::stride, Window::padding, /*transposed=*/true},
                         pass);
  }
  return x;
}

at::Tensor Layer::forward(const at::Tensor& x, const Pass& pass) const {
  at::Tensor h = map(x, pass);
  if (norm_) h = norm_->forward(h, pass);
  if (!options_.leak) return h;
  return *options_.leak == 0 ? h.relu_() : at::leaky_relu_(h, *options_.leak);
}

std::vector<Parameter*> Layer::parameters() {
  std::vector<Parameter*> all{&weight_};
  if (bias_) all.push_back(&*bias_);
  if (norm_) {
    for (Parameter* parameter : norm_->parameters()) all.push_back(parameter);
  }
  return all;
}

std::vector<Buffer> Layer::buffers() { return norm_ ? norm_->buffers() : std::vector<Buffer>{}; }

at::Tensor LayerStack::forward(at::Tensor x, const Pass& pass, size_t first, size_t last) const {
  for (size_t layer = first; layer < last; ++layer) x = layers_[layer].forward(x, pass);
  return x;
}

std::vector<Parameter*> LayerStack::parameters() {
  std::vector<Parameter*> all;
  for (Layer& layer : layers_) {
    for (Parameter* parameter : layer.parameters()) all.push_back(parameter);
  }
  return all;
}

std::vector<Buffer> LayerStack::buffers() {
  std::vector<Buffer> all;
  for (Layer& layer : layers_) {
    for (const Buffer& buffer : layer.buffers()) all.push_back(buffer);
  }
  return all;
}

}  // namespace dc::nn
