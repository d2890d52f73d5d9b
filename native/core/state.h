// The state of a model as named tensors: what is saved, restored and handed to the caller.
#pragma once

#include "torch.h"

namespace dc {

using NamedTensors = std::map<std::string, at::Tensor>;

// A tensor of a method that belongs to its state. `fixed`: its shape follows from the options, and a restored one must
// have it; otherwise any shape is taken over (for example one entry per training item).
struct Slot {
  std::string name;
  at::Tensor* tensor;
  bool fixed;
};

// Copies on the host of every defined tensor.
NamedTensors snapshot(const std::vector<Slot>& slots);

// Fills the slots, on `device` those that are still empty; throws ERR_FILE_FORMAT if a fixed one is missing or has another shape, before
// anything is changed.
void restore(const std::vector<Slot>& slots, const NamedTensors& state, at::Device device);

}  // namespace dc
