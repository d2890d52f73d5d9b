#include "nn/autoencoder.h"

#include "error.h"

namespace dc::nn {

namespace {

std::vector<int64_t> layer_sizes(const AutoencoderOptions& options, int64_t features, bool decoder) {
  std::vector<int64_t> sizes{features};
  sizes.insert(sizes.end(), options.widths.begin(), options.widths.end());
  sizes.push_back(options.latent);
  if (decoder) std::reverse(sizes.begin(), sizes.end());
  return sizes;
}

}  // namespace

AutoencoderOptions AutoencoderOptions::read(const OptionValues& values) {
  const std::string& loss = values.text("loss");
  return {.widths = values.integers("widths"),
          .latent = values.integer("latent"),
          .activation = activation_named(values.text("activation")),
          .initialisation = initialisation_named(values.text("initialisation")),
          .loss = loss == "bernoulli" ? Loss::bernoulli : loss == "mean-squared" ? Loss::mean_squared : Loss::squared};
}

Autoencoder::Autoencoder(const AutoencoderOptions& options, int64_t features, Precision precision, at::Device device, at::Generator& generator)
    : options_(options),
      encoder_("encoder", layer_sizes(options, features, false), options.activation, options.initialisation, precision, device, generator),
      decoder_("decoder", layer_sizes(options, features, true), options.activation, options.initialisation, precision, device, generator) {}

std::vector<Parameter*> Autoencoder::parameters() {
  std::vector<Parameter*> all = encoder_.parameters();
  const std::vector<Parameter*> more = decoder_.parameters();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

at::Tensor squared_error(const at::Tensor& output, const at::Tensor& target) {
  return at::mse_loss(output.to(at::kFloat), target, at::Reduction::Sum) / static_cast<double>(target.size(0));
}

at::Tensor Autoencoder::loss(const at::Tensor& output, const at::Tensor& x) const {
  switch (options_.loss) {
    case AutoencoderOptions::Loss::squared:
      return squared_error(output, x);
    case AutoencoderOptions::Loss::mean_squared:
      return squared_error(output, x) / static_cast<double>(x.size(1));
    case AutoencoderOptions::Loss::bernoulli:
      return at::binary_cross_entropy_with_logits(output.to(at::kFloat), x, {}, {}, at::Reduction::Sum) / static_cast<double>(x.size(0));
  }
  throw Error("ERR_NATIVE", "Unknown loss");
}

at::Tensor Autoencoder::decode(const at::Tensor& z) const {
  const at::Tensor output = decoder_.infer(z);
  return options_.loss == AutoencoderOptions::Loss::bernoulli ? output.sigmoid() : output;
}

}  // namespace dc::nn
