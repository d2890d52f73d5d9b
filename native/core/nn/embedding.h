// An embedding on the unit sphere: convolutions for images, a fully connected network for vectors, a linear layer, length 1.
#pragma once

#include "nn/convolutions.h"
#include "nn/mlp.h"
#include "options.h"

namespace dc::nn {

struct EmbeddingOptions {
  int64_t dimensions;           // of the embedding
  int64_t maps;                 // of each convolution
  std::vector<int64_t> widths;  // hidden layers where there are no convolutions
  Initialisation initialisation;

  static EmbeddingOptions read(const OptionValues& values);
};

class Embedding {
 public:
  // `item_shape` [height, width] or [channels, height, width] takes convolutions, if the images are large enough for one
  // (convolution_stages); anything else is a vector.
  Embedding(const EmbeddingOptions& options, const std::vector<int64_t>& item_shape, Precision precision, at::Device device,
            at::Generator& generator);

  // Training: x float32 [b, d] -> float32 [b, dimensions], rows of length 1, differentiable.
  at::Tensor forward(const at::Tensor& x) const;

  // Inference in float32, without the batch's statistics: an item's embedding does not depend on the others.
  at::Tensor infer(const at::Tensor& x) const;

  int64_t dimensions() const { return dimensions_; }
  std::vector<Parameter*> parameters();
  std::vector<Buffer> buffers();

 private:
  at::Tensor forward(const at::Tensor& x, const Pass& pass) const;

  int64_t dimensions_;
  std::optional<Convolutions> convolutions_;
  std::optional<Mlp> layers_;
};

}  // namespace dc::nn
