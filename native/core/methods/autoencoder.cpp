#include "methods/autoencoder.h"
#include "random.h"

namespace dc::methods {

nn::Autoencoder make_autoencoder(const ModelSpec& spec) {
  at::Generator generator = make_generator(spec.device, spec.seed);
  return {nn::AutoencoderOptions::read(spec.options), spec.features(), spec.precision, spec.device, generator};
}

at::Tensor decode(const nn::Autoencoder& network, const data::Scaling& scaling, const at::Tensor& codes,
                  const std::vector<int64_t>& item_shape) {
  return unscaled_items(scaling, network.decode(codes), item_shape);
}

at::Tensor reconstruct(const nn::Autoencoder& network, const data::Scaling& scaling, const data::Dataset& block) {
  return decode(network, scaling, network.encode(scaling.block(block, 0, block.size())), block.item_shape());
}

Autoencoder::Autoencoder(const ModelSpec& spec)
    : options_(phases::PretrainingOptions::read(spec.options)),
      scaling_(spec.options.text("scaling")),
      augmentation_(data::AugmentationOptions::read(spec.options), spec.item_shape),
      network_(make_autoencoder(spec)) {}

NamedTensors Autoencoder::fit(const data::Dataset& data, run::Run& run) {
  if (!scaling_.fitted()) scaling_.fit(data);
  phases::pretrain("train", network_, options_, augmentation_, data, scaling_, run);
  return {};
}

NamedTensors Autoencoder::infer(const std::string& operation, const data::Dataset& block) const {
  if (operation == "transform") return {{"embedding", network_.encode(scaling_.block(block, 0, block.size()))}};
  if (operation == "reconstruct") return {{"reconstruction", reconstruct(network_, scaling_, block)}};
  unknown_operation("autoencoder", operation);
}

std::vector<Slot> Autoencoder::slots() { return network_slots(network_.parameters(), scaling_); }

void Autoencoder::restored() {
  for (Parameter* parameter : network_.parameters()) parameter->refresh();
}

static const Registration registration("autoencoder", [](const ModelSpec& spec) -> std::unique_ptr<Method> {
  return std::make_unique<Autoencoder>(spec);
});

}  // namespace dc::methods
