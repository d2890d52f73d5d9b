// The symmetric autoencoder d-500-500-2000-latent-2000-500-500-d of the field (Xie et al. 2016; any widths here): a
// linear code, a linear output, and the loss of a reconstruction.
#pragma once

#include "nn/mlp.h"
#include "options.h"

namespace dc::nn {

struct AutoencoderOptions {
  enum class Loss {
    squared,       // |x - x'|^2, summed over the features, mean over the batch
    mean_squared,  // the same, mean over the features too
    bernoulli,     // binary cross-entropy of logits, summed over the features, mean over the batch: -log p of a Bernoulli decoder
    gaussian,      // |x - x'|^2 / 2, summed over the features, mean over the batch: -log p of the decoder N(x', I), without its
                   // constant d/2 log 2 pi
  };

  std::vector<int64_t> widths;  // hidden layers of the encoder; the decoder mirrors them
  int64_t latent;
  Activation activation;
  Initialisation initialisation;
  Loss loss;

  static AutoencoderOptions read(const OptionValues& values);
};

class Autoencoder {
 public:
  Autoencoder(const AutoencoderOptions& options, int64_t features, Precision precision, at::Device device, at::Generator& generator);

  Mlp& encoder() { return encoder_; }
  Mlp& decoder() { return decoder_; }
  const Mlp& encoder() const { return encoder_; }
  const Mlp& decoder() const { return decoder_; }
  const AutoencoderOptions& options() const { return options_; }
  std::vector<Parameter*> parameters();

  // The loss of `output` (the decoder's, before any output activation) for the target x: a float32 scalar.
  at::Tensor loss(const at::Tensor& output, const at::Tensor& x) const;

  // -log p(x | z) of each item for the decoder's output: float32 [b]; the batch's mean is `loss`, where that sums over features.
  at::Tensor item_losses(const at::Tensor& output, const at::Tensor& x) const;

  // Gives the code the origin `mean` and the unit `deviation` (both [latent]) without changing any reconstruction:
  // z' = (z - mean) / deviation, folded into the encoder's last and the decoder's first layer.
  void standardise_code(const at::Tensor& mean, const at::Tensor& deviation);

  // Inference in float32: x [b, d] -> code [b, latent]; code -> reconstruction [b, d].
  at::Tensor encode(const at::Tensor& x) const { return encoder_.infer(x); }
  at::Tensor decode(const at::Tensor& z) const;

 private:
  AutoencoderOptions options_;
  Mlp encoder_, decoder_;
};

}  // namespace dc::nn
