// How an autoencoder is trained before clusters come into play: layer by layer, then end to end.
#pragma once

#include "data/augmentation.h"
#include "loss/contrast.h"
#include "nn/autoencoder.h"
#include "run/run.h"

namespace dc::phases {

struct PretrainingOptions {
  optim::ScheduleOptions schedule;  // end to end; its optimiser and rates also serve the layers
  double layerwise_epochs;          // per layer; 0: no layer-wise training
  double corruption;                // share of a layer's inputs that are set to 0 in layer-wise training
  int64_t batch_size;
  std::optional<loss::ContrastOptions> contrast = std::nullopt;  // end to end, between the codes of two augmented copies; images only

  static PretrainingOptions read(const OptionValues& values, const std::string& prefix = "");
};

// Phases `layer 1` … (Vincent et al. 2010: each layer is trained to rebuild its own input from a corrupted copy; the
// order and activations of Xie et al. 2016) and `name` (end to end; augmented input, the target as the augmentation says). With a contrast,
// a second copy of each image is only encoded.
void pretrain(const std::string& name, nn::Autoencoder& autoencoder, const PretrainingOptions& options,
              const data::Augmentation& augmentation, const data::Dataset& data, const data::Scaling& scaling, run::Run& run);

}  // namespace dc::phases
