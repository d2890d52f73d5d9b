#include "nn/variational_autoencoder.h"

namespace dc::nn {

namespace {
// A log variance beyond these bounds says no more (deviations of 4e-5 and 2e4), but its exponential overflows when a step of the
// optimiser goes astray on badly scaled data.
constexpr double kLeastLogVariance = -20, kMostLogVariance = 20;

// A clamp; the gradient of hardtanh is one operator, that of clamp five.
at::Tensor bounded(const at::Tensor& log_variance) {
  return at::hardtanh(log_variance.to(at::kFloat), kLeastLogVariance, kMostLogVariance);
}
}  // namespace

at::Tensor reparameterised(const DiagonalGaussian& q, const at::Tensor& noise) {
  return at::addcmul(q.mean, (q.log_variance / 2).exp(), noise);
}

VariationalAutoencoder::VariationalAutoencoder(const AutoencoderOptions& options, int64_t features, Precision precision, at::Device device,
                                               at::Generator& generator)
    : autoencoder_(options, features, precision, device, generator),
      log_variance_("log_variance", {options.widths.back(), options.latent}, options.activation, options.initialisation, precision, device,
                    generator) {}

std::vector<Parameter*> VariationalAutoencoder::parameters() {
  std::vector<Parameter*> all = autoencoder_.parameters();
  for (Parameter* parameter : log_variance_.parameters()) all.push_back(parameter);
  return all;
}

void VariationalAutoencoder::start_log_variance(double log_variance) {
  at::NoGradGuard no_grad;
  const std::vector<Parameter*> head = log_variance_.parameters();
  head[0]->value.zero_();
  head[1]->value.fill_(log_variance);
  log_variance_.refresh();
}

DiagonalGaussian VariationalAutoencoder::forward(const at::Tensor& x) const {
  const std::vector<at::Tensor> heads = autoencoder_.encoder().forward(x, log_variance_, Pass::train()).chunk(2, 1);
  return {heads[0].to(at::kFloat), bounded(heads[1])};
}

DiagonalGaussian VariationalAutoencoder::infer(const at::Tensor& x) const {
  const Mlp& encoder = autoencoder_.encoder();
  const int64_t last = encoder.layers() - 1;
  return nn::infer([&](const Pass& pass) -> DiagonalGaussian {
    const at::Tensor h = encoder.forward(x, pass, 0, last, /*last_activated=*/true);
    return {encoder.forward(h, pass, last, last + 1), bounded(log_variance_.forward(h, pass))};
  });
}

}  // namespace dc::nn
