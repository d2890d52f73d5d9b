// A stack of convolutions with batch normalisation, for images of any size.
#pragma once

#include "nn/batch_norm.h"
#include "nn/initialisation.h"

namespace dc::nn {

// One convolution: its map, and whether it is pooled.
struct ConvolutionStage {
  int64_t height, width;  // after it, and after pooling
  bool pooled;
};

// The stages for images of a size: 5 x 5 convolutions without padding, each with a 2 x 2 pooling that rounds up, as long as
// the map has at least 5 pixels on each side; one whose pooling would bring it below has none. These are JULE's networks for 28, 16, 32 and
// 128 pixels (Yang, Parikh & Batra 2016; models_def of the official code). Empty for images below 9 pixels on a side.
std::vector<ConvolutionStage> convolution_stages(int64_t height, int64_t width);

class Convolutions {
 public:
  // Each stage: convolution to `maps` maps, batch normalisation, ReLU, pooling. Parameters are named `<name>.<stage>.weight`
  // [maps, in, 5, 5], `.scale` and `.shift` [maps]; no biases, which the normalisation would undo.
  Convolutions(const std::string& name, int64_t channels, int64_t height, int64_t width, int64_t maps, Initialisation initialisation,
               Precision precision, at::Device device, at::Generator& generator);

  // x [b, channels * height * width] float32 -> [b, outputs()], in the precision of the pass.
  at::Tensor forward(const at::Tensor& x, const Pass& pass) const;

  int64_t outputs() const;
  std::vector<Parameter*> parameters();
  std::vector<Buffer> buffers();

 private:
  int64_t channels_, height_, width_, maps_;
  Precision precision_;
  std::vector<ConvolutionStage> stages_;
  std::vector<Parameter> weights_;  // of each stage
  std::vector<BatchNorm> norms_;
};

}  // namespace dc::nn
