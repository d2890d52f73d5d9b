// The networks of generative adversarial training: a generator, a discriminator, and InfoGAN's auxiliary head on its features. Images
// whose sides are multiples of 4, from 8 on, take InfoGAN's convolutions for MNIST (Chen et al. 2016, appendix C.1); anything else
// is a vector and takes fully connected layers.
#pragma once

#include "nn/image.h"
#include "nn/layer.h"
#include "options.h"

namespace dc::nn {

struct AdversarialOptions {
  int64_t maps;                 // of the outer convolution; the inner one has twice as many
  int64_t hidden;               // units of the fully connected layer beside the convolutions
  std::vector<int64_t> widths;  // layers of the fully connected discriminator; the generator mirrors them
  double leak;                  // slope of the discriminator's activations below 0
  bool sigmoid;                 // the generator's output lies in 0..1, else anywhere

  static AdversarialOptions read(const OptionValues& values);
};

class Generator {
 public:
  // `inputs`: noise and codes together. Parameters `generator.<layer>.…`.
  Generator(const AdversarialOptions& options, int64_t inputs, const std::vector<int64_t>& item_shape, Precision precision,
            at::Device device, at::Generator& generator);

  // latents [b, inputs] float32 -> items [b, d] float32.
  at::Tensor forward(const at::Tensor& latents, const Pass& pass) const;

  std::vector<Parameter*> parameters() { return layers_.parameters(); }
  std::vector<Buffer> buffers() { return layers_.buffers(); }

 private:
  AdversarialOptions options_;
  std::optional<Image> image_;
  Precision precision_;
  LayerStack layers_;
};

class Discriminator {
 public:
  // Parameters `discriminator.<layer>.…`, the last layer the head.
  Discriminator(const AdversarialOptions& options, const std::vector<int64_t>& item_shape, Precision precision, at::Device device,
                at::Generator& generator);

  // items [b, d] float32 -> the last hidden layer [b, features()], in the pass's precision.
  at::Tensor features(const at::Tensor& items, const Pass& pass) const;
  // features -> logits [b] float32, above 0 for what looks real.
  at::Tensor logits(const at::Tensor& features, const Pass& pass) const;

  int64_t features() const { return features_; }
  std::vector<Parameter*> parameters();
  std::vector<Buffer> buffers() { return trunk_.buffers(); }

 private:
  std::optional<Image> image_;
  Precision precision_;
  int64_t features_;
  LayerStack trunk_;
  std::optional<Layer> head_;
};

// Q(c | x), on the features that the discriminator has of x: one hidden layer of 128 units.
class AuxiliaryHead {
 public:
  // Parameters `auxiliary.<layer>.…`.
  AuxiliaryHead(const AdversarialOptions& options, int64_t features, int64_t outputs, Precision precision, at::Device device,
                at::Generator& generator);

  // features [b, f] -> [b, outputs] float32.
  at::Tensor forward(const at::Tensor& features, const Pass& pass) const { return layers_.forward(features, pass).to(at::kFloat); }

  std::vector<Parameter*> parameters() { return layers_.parameters(); }
  std::vector<Buffer> buffers() { return layers_.buffers(); }

 private:
  LayerStack layers_;
};

}  // namespace dc::nn
