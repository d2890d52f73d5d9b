// One layer: a linear map or a convolution that halves or doubles an image, batch normalisation or a bias, an activation.
#pragma once

#include "nn/batch_norm.h"
#include "nn/initialisation.h"

namespace dc::nn {

struct LayerOptions {
  enum class Map {
    linear,    // [b, in] -> [b, out]
    halving,   // convolution [b, in, h, w] -> [b, out, h / 2, w / 2]: 4 x 4, stride 2, padding 1
    doubling,  // transposed convolution [b, in, h, w] -> [b, out, 2 h, 2 w]: the same window
  };
  Map map;
  int64_t in, out;
  bool normalised = false;                    // by batch; else there is a bias
  std::optional<double> leak = std::nullopt;  // slope below 0, ReLU's is 0; none: no activation
  Initialisation initialisation = Initialisation::dcgan;
};

class Layer {
 public:
  // `<name>.weight`, and `<name>.bias` or what BatchNorm names.
  Layer(const std::string& name, const LayerOptions& options, Precision precision, at::Device device, at::Generator& generator);

  at::Tensor forward(const at::Tensor& x, const Pass& pass) const;

  std::vector<Parameter*> parameters();
  std::vector<Buffer> buffers();

 private:
  at::Tensor map(const at::Tensor& x, const Pass& pass) const;

  LayerOptions options_;
  Parameter weight_;
  std::optional<Parameter> bias_;
  std::optional<BatchNorm> norm_;
};

// Layers one after another.
class LayerStack {
 public:
  void add(Layer layer) { layers_.push_back(std::move(layer)); }
  // The layers first .. last - 1.
  at::Tensor forward(at::Tensor x, const Pass& pass, size_t first, size_t last) const;
  at::Tensor forward(at::Tensor x, const Pass& pass) const { return forward(std::move(x), pass, 0, layers_.size()); }
  size_t size() const { return layers_.size(); }
  std::vector<Parameter*> parameters();
  std::vector<Buffer> buffers();

 private:
  std::vector<Layer> layers_;
};

}  // namespace dc::nn
