#include "methods/autoencoder.h"

namespace dc::methods {

Autoencoder::Autoencoder(const ModelSpec& spec)
    : Coder(spec),
      options_(phases::PretrainingOptions::read(spec.options)),
      augmentation_(data::AugmentationOptions::read(spec.options), spec.item_shape),
      network_(make_autoencoder(spec)) {}

NamedTensors Autoencoder::fit(const data::Dataset& data, run::Run& run) {
  begin(data, run);
  phases::pretrain("train", network_, options_, augmentation_, data, scaling_, run);
  return {};
}

static const Registration registration("autoencoder", [](const ModelSpec& spec) -> std::unique_ptr<Method> {
  return std::make_unique<Autoencoder>(spec);
});

}  // namespace dc::methods
