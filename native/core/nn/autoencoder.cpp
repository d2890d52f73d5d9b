#include "nn/autoencoder.h"

#include "error.h"
#include "nn/reconstruction_loss.h"

namespace dc::nn {

namespace {

std::vector<int64_t> layer_sizes(const AutoencoderOptions& options, int64_t features, bool decoder) {
  std::vector<int64_t> sizes{features};
  sizes.insert(sizes.end(), options.widths.begin(), options.widths.end());
  sizes.push_back(options.latent);
  if (decoder) std::reverse(sizes.begin(), sizes.end());
  return sizes;
}

AutoencoderOptions::Loss loss_named(const std::string& name) {
  if (name == "squared") return AutoencoderOptions::Loss::squared;
  if (name == "mean-squared") return AutoencoderOptions::Loss::mean_squared;
  if (name == "bernoulli") return AutoencoderOptions::Loss::bernoulli;
  if (name == "gaussian") return AutoencoderOptions::Loss::gaussian;
  throw Error("ERR_NATIVE", "Unknown loss " + name);
}

}  // namespace

AutoencoderOptions AutoencoderOptions::read(const OptionValues& values) {
  return {.widths = values.integers("widths"),
          .latent = values.integer("latent"),
          .activation = activation_named(values.text("activation")),
          .initialisation = initialisation_named(values.text("initialisation")),
          .loss = loss_named(values.text("loss"))};
}

Autoencoder::Autoencoder(const AutoencoderOptions& options, int64_t features, Precision precision, at::Device device,
                         at::Generator& generator)
    : options_(options),
      encoder_("encoder", layer_sizes(options, features, false), options.activation, options.initialisation, precision, device, generator),
      decoder_("decoder", layer_sizes(options, features, true), options.activation, options.initialisation, precision, device, generator) {
  if (options.initialisation != Initialisation::fan_in_normal) return;
  at::NoGradGuard no_grad;
  for (int64_t layer = 0; layer < encoder_.layers(); ++layer) {
    const int64_t mirror = encoder_.layers() - 1 - layer;
    Parameter* weight = decoder_.parameters(mirror, mirror + 1).front();
    weight->value.copy_(encoder_.parameters(layer, layer + 1).front()->value.t());
    weight->refresh();
  }
}

std::vector<Parameter*> Autoencoder::parameters() {
  std::vector<Parameter*> all = encoder_.parameters();
  const std::vector<Parameter*> more = decoder_.parameters();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

at::Tensor Autoencoder::loss(const at::Tensor& output, const at::Tensor& x) const {
  switch (options_.loss) {
    case AutoencoderOptions::Loss::squared: return squared_error(output, x);
    case AutoencoderOptions::Loss::mean_squared: return squared_error(output, x, 1.0 / static_cast<double>(x.size(1)));
    case AutoencoderOptions::Loss::bernoulli: return bernoulli_error(output, x);
    case AutoencoderOptions::Loss::gaussian: return squared_error(output, x, 0.5);
  }
  throw Error("ERR_NATIVE", "Unknown loss");
}

at::Tensor Autoencoder::item_losses(const at::Tensor& output, const at::Tensor& x) const {
  const at::Tensor reconstruction = output.to(at::kFloat);
  switch (options_.loss) {
    case AutoencoderOptions::Loss::squared: return (reconstruction - x).square().sum(1);
    case AutoencoderOptions::Loss::mean_squared: return (reconstruction - x).square().mean(1);
    case AutoencoderOptions::Loss::bernoulli:
      return at::binary_cross_entropy_with_logits(reconstruction, x, {}, {}, at::Reduction::None).sum(1);
    case AutoencoderOptions::Loss::gaussian: return (reconstruction - x).square().sum(1) / 2;
  }
  throw Error("ERR_NATIVE", "Unknown loss");
}

void Autoencoder::standardise_code(const at::Tensor& mean, const at::Tensor& deviation) {
  at::NoGradGuard no_grad;
  const std::vector<Parameter*> last = encoder_.parameters(encoder_.layers() - 1, encoder_.layers());
  const std::vector<Parameter*> first = decoder_.parameters(0, 1);
  // encoder: (W h + b - mean) / deviation;  decoder: V (deviation z' + mean) + c
  last[0]->value.div_(deviation.unsqueeze(1));
  last[1]->value.sub_(mean).div_(deviation);
  first[1]->value.addmv_(first[0]->value, mean);
  first[0]->value.mul_(deviation.unsqueeze(0));
  for (Parameter* parameter : {last[0], last[1], first[0], first[1]}) parameter->refresh();
}

at::Tensor Autoencoder::decode(const at::Tensor& z) const {
  const at::Tensor output = decoder_.infer(z);
  return options_.loss == AutoencoderOptions::Loss::bernoulli ? output.sigmoid() : output;
}

}  // namespace dc::nn
