#include "methods/coder.h"

#include "random.h"

namespace dc::methods {

nn::Autoencoder make_autoencoder(const ModelSpec& spec) {
  at::Generator generator = make_generator(spec.device, spec.seed);
  return {nn::AutoencoderOptions::read(spec.options), spec.features(), spec.precision, spec.device, generator};
}

Coder::Coder(const ModelSpec& spec)
    : scaling_(spec.options.text("scaling"), spec.features()),
      method_(spec.method),
      item_shape_(spec.item_shape) {}

void Coder::begin(const data::Dataset& data, const run::Run& run) {
  if (!scaling_.fitted()) scaling_.fit(data, run.poller());
  if (autoencoder().options().loss == nn::AutoencoderOptions::Loss::bernoulli) {
    scaling_.check_unit_interval(data, "loss", "bernoulli", run.poller());
  }
}

at::Tensor Coder::decoded(const at::Tensor& codes) const { return unscaled_items(scaling_, autoencoder().decode(codes), item_shape_); }

NamedTensors Coder::infer(const std::string& operation, const data::Dataset& block) const {
  if (operation == "decode") return {{"items", decoded(block.read(0, block.size()))}};
  const at::Tensor x = scaling_.all(block);
  if (operation == "transform") return {{"embedding", autoencoder().encode(x)}};
  if (operation == "reconstruct") return {{"reconstruction", decoded(autoencoder().encode(x))}};
  return answer(operation, x);
}

NamedTensors Coder::answer(const std::string& operation, const at::Tensor&) const { unknown_operation(method_, operation); }

std::optional<std::vector<int64_t>> Coder::input_shape(const std::string& operation) const {
  if (operation == "decode") return std::vector<int64_t>{autoencoder().options().latent};
  return std::nullopt;
}

std::vector<Slot> Coder::slots() { return network_slots(parameters(), scaling_); }

void Coder::restored() {
  for (Parameter* parameter : parameters()) parameter->refresh();
}

}  // namespace dc::methods
