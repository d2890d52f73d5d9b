#include "methods/autoencoder.h"

namespace dc::methods {

nn::Autoencoder make_autoencoder(const ModelSpec& spec) {
  at::Generator generator = training::make_generator(spec.device, spec.seed);
  return {nn::AutoencoderOptions::read(spec.options), spec.features(), spec.precision, spec.device, generator};
}

at::Tensor decode(const nn::Autoencoder& network, const training::Scaling& scaling, const at::Tensor& codes,
                  const std::vector<int64_t>& item_shape) {
  return unscaled_items(scaling, network.decode(codes), item_shape);
}

at::Tensor reconstruct(const nn::Autoencoder& network, const training::Scaling& scaling, const training::Dataset& block) {
  return decode(network, scaling, network.encode(scaling.block(block, 0, block.size())), block.item_shape());
}

Autoencoder::Autoencoder(const ModelSpec& spec)
    : options_(training::PretrainingOptions::read(spec.options)),
      scaling_(spec.options.text("scaling")),
      augmentation_(training::AugmentationOptions::read(spec.options), spec.item_shape),
      network_(make_autoencoder(spec)) {}

NamedTensors Autoencoder::fit(const training::Dataset& data, training::Run& run) {
  if (!scaling_.fitted()) scaling_.fit(data);
  training::pretrain("train", network_, options_, augmentation_, data, scaling_, run);
  return {};
}

NamedTensors Autoencoder::infer(const std::string& operation, const training::Dataset& block) const {
  if (operation == "transform") return {{"embedding", network_.encode(scaling_.block(block, 0, block.size()))}};
  if (operation == "reconstruct") return {{"reconstruction", reconstruct(network_, scaling_, block)}};
  unknown_operation("autoencoder", operation);
}

std::vector<training::Slot> Autoencoder::slots() { return network_slots(network_.parameters(), scaling_); }

void Autoencoder::restored() {
  for (nn::Parameter* parameter : network_.parameters()) parameter->refresh();
}

static const Registration registration("autoencoder", [](const ModelSpec& spec) -> std::unique_ptr<Method> {
  return std::make_unique<Autoencoder>(spec);
});

}  // namespace dc::methods
