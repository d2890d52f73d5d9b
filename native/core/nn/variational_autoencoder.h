// The variational autoencoder (Kingma & Welling 2014): the autoencoder whose code is the mean of q(z | x), with a second head on
// its last hidden layer for the log variance.
#pragma once

#include "nn/autoencoder.h"

namespace dc::nn {

// N(mean, diag exp(log_variance)), one row per item: [b, latent].
struct DiagonalGaussian {
  at::Tensor mean, log_variance;
};

// z = mean + exp(log_variance / 2) noise, noise ~ N(0, I)      (Kingma & Welling 2014, equation 10)
at::Tensor reparameterised(const DiagonalGaussian& q, const at::Tensor& noise);

class VariationalAutoencoder {
 public:
  VariationalAutoencoder(const AutoencoderOptions& options, int64_t features, Precision precision, at::Device device,
                         at::Generator& generator);

  Autoencoder& autoencoder() { return autoencoder_; }
  const Autoencoder& autoencoder() const { return autoencoder_; }
  std::vector<Parameter*> parameters();  // the autoencoder's, then the log variance's

  // Makes q(z | x) of every item have the variance exp(log_variance), whatever the item.
  void start_log_variance(double log_variance);

  // Training: q(z | x) of x [b, d], in float32.
  DiagonalGaussian forward(const at::Tensor& x) const;

  // Inference in float32.
  DiagonalGaussian infer(const at::Tensor& x) const;

 private:
  Autoencoder autoencoder_;
  Mlp log_variance_;
};

}  // namespace dc::nn
